"""Names of the files that an approximate index adds to a segment."""

LISTS, MEANS, COVARIANCE = "lists.faiss", "means.npy", "covariance.npy"
