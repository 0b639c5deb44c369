"""One file per dialect: a client of it, and for each of its codes the one wrong request that is answered with it."""
