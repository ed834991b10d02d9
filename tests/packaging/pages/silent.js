// A script that is a worker, but none of the package's: it never answers.
