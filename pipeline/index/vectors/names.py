"""Names of the folder of segments, and of the files that an approximate index adds to one."""

SEGMENTS = "segments"
LISTS, MEANS, COVARIANCE = "lists.faiss", "means.npy", "covariance.npy"
