"""`python -m graph` is `tropico`."""

from graph.cli import main

if __name__ == "__main__":
    main()
