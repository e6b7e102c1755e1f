"""Model calls without HTTP: workloads A to O for the driver, five ways to map, and Portico."""
