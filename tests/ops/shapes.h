/* SPDX-License-Identifier: Apache-2.0 */
/* shapes: of what the ops are tried on. What the numbers mean is said in trial.c, per op. */
#pragma once

#include <stdint.h>

#include "tests/ops/trial.h"

typedef const int64_t dims[TRIAL_DIMS];
#define END \
    { -1 }

static dims rows[] = {
    {1, 1, 1 },
    {1, 1, 7 },
    {2, 3, 15},
    {1, 2, 33},
    {3, 1, 64},
    {0, 2, 8 },
    {2, 2, 1 },
    END
};
static dims pairs[] = {
    {1, 1, 1,  0},
    {1, 2, 7,  1},
    {2, 3, 15, 0},
    {1, 2, 33, 1},
    {3, 1, 31, 0},
    {0, 2, 8,  1},
    {2, 2, 64, 1},
    END
};
static dims tables[] = {
    {1,   1,  1 },
    {5,   7,  3 },
    {33,  31, 9 },
    {2,   64, 0 },
    {100, 15, 31},
    END
};
static dims matmuls[] = {
    {1, 1, 1,   1 },
    {1, 1, 7,   5 },
    {1, 2, 15,  31},
    {2, 3, 31,  7 },
    {1, 1, 33,  64},
    {1, 5, 64,  33},
    {0, 1, 8,   8 },
    {1, 1, 0,   3 },
    {1, 3, 3,   1 },
    {2, 2, 130, 6 },
    {1, 1, 287, 5 },
    END
};
/* The same of whole blocks: 1, 2, 7 and 33 tokens; odd numbers of blocks and of rows. */
static dims block_tables[] = {
    {5,   32,  3 },
    {33,  96,  9 },
    {2,   256, 0 },
    {100, 160, 31},
    END
};
static dims block_k_tables[] = {
    {5,  256,  3 },
    {33, 768,  9 },
    {2,  512,  0 },
    {17, 1280, 31},
    END
};
static dims block_matmuls[] = {
    {1, 1,  32,  17 },
    {1, 2,  96,  33 },
    {1, 7,  160, 67 },
    {1, 33, 64,  1  },
    {3, 11, 352, 45 },
    {2, 1,  128, 130},
    {0, 1,  32,  8  },
    {1, 1,  0,   3  },
    END
};
static dims block_k_matmuls[] = {
    {1, 1,  256,  17},
    {1, 2,  768,  33},
    {1, 7,  512,  67},
    {1, 33, 256,  1 },
    {3, 11, 1280, 19},
    {0, 1,  256,  8 },
    {1, 1,  0,    3 },
    END
};
/* A, N, K, and rows of two matrices or of three: some that make panels, some too few for one. */
static dims matmul_sets[] = {
    {1, 1,  1,   1,   1,  0 },
    {1, 1,  33,  64,  7,  9 },
    {2, 3,  31,  7,   5,  3 },
    {1, 5,  64,  33,  17, 0 },
    {1, 11, 130, 50,  13, 49},
    {1, 1,  300, 67,  13, 29},
    {1, 12, 35,  97,  31, 5 },
    {1, 9,  161, 241, 3,  77},
    {0, 1,  8,   8,   8,  8 },
    {1, 1,  0,   3,   2,  0 },
    END
};
static dims block_sets[] = {
    {1, 1,  96,  48, 16,  16},
    {1, 1,  64,  17, 130, 35},
    {1, 7,  160, 67, 16,  0 },
    {3, 11, 352, 45, 19,  33},
    {1, 33, 64,  1,  16,  2 },
    {0, 1,  32,  16, 16,  0 },
    END
};
static dims block_k_sets[] = {
    {1, 1, 512, 33, 16, 19},
    {1, 7, 256, 67, 35, 0 },
    END
};
/* A, N, K, M: any activation, and tiles of panels. */
static dims acts[] = {
    {1, 2,  15,  31 },
    {1, 9,  33,  50 },
    {1, 1,  287, 37 },
    {1, 13, 65,  101},
    END
};
static dims gated_blocks[] = {
    {1, 1,  96, 67 },
    {1, 7,  64, 130},
    {3, 11, 32, 45 },
    {0, 1,  32, 16 },
    END
};
static dims gated_blocks_k[] = {
    {1, 1, 512, 33},
    {1, 7, 256, 67},
    END
};
/* N, heads, d, r / 2 */
static dims ropes[] = {
    {1, 1, 2,  1 },
    {3, 2, 8,  4 },
    {7, 3, 10, 3 },
    {2, 1, 64, 32},
    {0, 2, 4,  2 },
    {5, 1, 7,  3 },
    {2, 2, 6,  0 },
    END
};
/* B, T, C, Hq, Hkv, d */
static dims heads[] = {
    {1, 1, 1,  1, 1, 1 },
    {1, 3, 3,  2, 2, 4 },
    {2, 1, 9,  4, 2, 8 },
    {3, 4, 11, 6, 2, 7 },
    {1, 7, 15, 4, 1, 16},
    {2, 5, 33, 3, 3, 31},
    {0, 2, 4,  2, 1, 4 },
    {2, 2, 7,  8, 4, 15},
    END
};
/* The same of whole blocks. */
static dims block_heads[] = {
    {1, 1, 1,  1,  1, 32 },
    {1, 3, 3,  2,  2, 64 },
    {2, 1, 9,  4,  2, 96 },
    {3, 4, 11, 6,  2, 32 },
    {1, 7, 15, 7,  1, 64 },
    {2, 5, 33, 14, 2, 64 },
    {0, 2, 4,  2,  1, 32 },
    {2, 2, 7,  8,  4, 128},
    END
};

/* Beyond the tiles, blocks and chunks of kernels that have any. */
static dims large_matmuls[] = {
    {1, 9,  66,  50},
    {3, 7,  400, 13},
    {1, 37, 800, 61},
    END
};
static dims large_heads[] = {
    {1, 9,  50,  6, 2, 20 },
    {2, 35, 60,  3, 1, 64 },
    {1, 2,  560, 4, 1, 64 },
    {1, 8,  40,  2, 2, 128},
    {2, 1,  300, 7, 1, 64 },
    {1, 3,  70,  9, 1, 80 },
    {1, 19, 70,  4, 2, 80 },
    END
};
static dims large_block_heads[] = {
    {1, 9,  50,  6,  2, 64 },
    {2, 35, 60,  3,  1, 128},
    {1, 2,  560, 4,  1, 64 },
    {1, 8,  40,  2,  2, 96 },
    {2, 1,  300, 14, 2, 64 },
    END
};
