// Template: the inner loop of every product, after core/lanes.inc.h. Each output is one chain c = fma(a[i][k], b[k][j], c) over increasing k,
// which rounds in this order at any width of vectors and any size of tiles; so the bits depend on nothing but the operands.

// Tiles for the registers there are: 32 of 512 bits, 16 of 256.
enum {
    CHAIN_WIDE = LANES_BYTES == 64,
    CHAIN_ROWS = CHAIN_WIDE ? 8 : 4,    // of a tile, at most
    CHAIN_VECTORS = 4,                  // accumulators of one row, at most
};

// The left operand: row i, term k at data[i * row_step + k * k_step].
typedef struct ChainLeft {
    const Real *data;
    size_t row_step, k_step;
} ChainLeft;

// The right operand: term k of vector j at data[k * k_step + j * vector_step].
typedef struct ChainRight {
    const Real *data;
    size_t k_step, vector_step;
} ChainRight;

// sum[j][i], row i of vector j, continues over `depth` terms; `rows` and `vectors` are constants after inlining.
static inline __attribute__((always_inline)) void chain(int rows, int vectors, Lanes sum[][CHAIN_ROWS], ChainLeft a,
                                                        ChainRight b, int depth) {
    for (int k = 0; k < depth; k++) {
        Lanes right[CHAIN_VECTORS];
        for (int j = 0; j < vectors; j++) right[j] = lanes_load(b.data + (size_t)k * b.k_step + (size_t)j * b.vector_step);
        for (int i = 0; i < rows; i++) {
            Lanes left = lanes_all(a.data[(size_t)i * a.row_step + (size_t)k * a.k_step]);
            for (int j = 0; j < vectors; j++) sum[j][i] = lanes_fma(left, right[j], sum[j][i]);
        }
    }
}
