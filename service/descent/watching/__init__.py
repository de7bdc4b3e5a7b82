"""What is watched during a descent: records, stopping rules, validation and sharpness."""
