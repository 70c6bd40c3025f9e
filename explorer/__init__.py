"""What is seen: the pages of the app. Never reaches inside an nn.Module."""
