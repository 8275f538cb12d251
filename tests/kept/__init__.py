"""What tests of models that are kept share."""
