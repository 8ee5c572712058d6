"""Training of models that Corpusgate ships. Needs PyTorch; nothing here runs in a pipeline."""
