"""The simulated city: invented enterprises whose meters publish over MQTT like real ones."""
