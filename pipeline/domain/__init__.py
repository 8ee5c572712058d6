"""The words of Corpusgate as pure types and functions: no I/O, no Beam, no models."""
