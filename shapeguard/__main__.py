"""`python -m shapeguard`."""

from shapeguard.cli import main

if __name__ == "__main__":
    main()
