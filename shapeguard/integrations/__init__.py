"""Ways into other tools' runs. Nothing here loads torch before it is asked for."""
