"""What runs in an environment for real: containers of its bundle's image, and a balancer before them."""
