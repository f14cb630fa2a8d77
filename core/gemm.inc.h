// Template: matrix products in a fixed order, after core/chain.inc.h.
//
// A tile of rows x (2 vectors) keeps its outputs in registers while k runs. b is read in panels of TILE_COLS columns: in place when the
// product is small or few rows use it, otherwise packed first (which also serves transposed b). Packed panels of one chunk of k lie
// side by side, so that a block of rows meets all of them while it is in the second-level cache.
enum {
    TILE_COLS = 2 * LANES,
    PANEL_DEPTH = 256,    // k is cut into chunks; the chain goes on through memory, which is exact
    PACK_ROWS = 24,       // from so many rows on, packing a panel is cheap against using it
    PACK_STRIDE = 192,    // rows of b further apart than this many elements collide in the first-level cache, but for ...
    CACHE_LINE = 64,      // ... odd numbers of cache lines
    BLOCK_ROWS = 128,     // rows of a that meet all packed panels in turn
    PACK_RUN = 8,         // terms that are packed at a time
    BLOCK_PANELS = 8,     // panels that are packed at a time
};

// One operand a as a function of (row, k): either storage order.
typedef struct GemmLeft {
    const Real *data;
    size_t row_step, k_step;
    size_t strip_step;    // from one strip of CHAIN_ROWS rows to the next
} GemmLeft;

// rows x (vectors * LANES) outputs over `depth` terms; `rows` and `vectors` are constants after inlining.
static inline __attribute__((always_inline)) void gemm_tile(int rows, int vectors, GemmLeft a, const Real *b, size_t b_step,
                                                            int depth, bool accumulate, Real *c, size_t c_step) {
    Lanes sum[2][CHAIN_ROWS];
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < vectors; v++)
            sum[v][i] = accumulate ? lanes_load(c + (size_t)i * c_step + v * LANES) : lanes_all(0);
    }
    chain(rows, vectors, sum, (ChainLeft){a.data, a.row_step, a.k_step}, (ChainRight){b, b_step, LANES}, depth);
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < vectors; v++) lanes_store(c + (size_t)i * c_step + v * LANES, sum[v][i]);
    }
}

static inline __attribute__((always_inline)) void gemm_strip(int vectors, int rows, GemmLeft a, const Real *b, size_t b_step,
                                                             int depth, bool accumulate, Real *c, size_t c_step) {
    int i = 0;
    for (; i + CHAIN_ROWS <= rows; i += CHAIN_ROWS) {
        gemm_tile(CHAIN_ROWS, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += a.strip_step;
        c += CHAIN_ROWS * c_step;
    }
    if (CHAIN_ROWS > 4 && i + 4 <= rows) {
        gemm_tile(4, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += 4 * a.row_step;
        c += 4 * c_step;
        i += 4;
    }
    if (i + 2 <= rows) {
        gemm_tile(2, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += 2 * a.row_step;
        c += 2 * c_step;
        i += 2;
    }
    for (; i < rows; i++) {
        gemm_tile(1, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += a.row_step;
        c += c_step;
    }
}

// One column of outputs, eight rows side by side, because one chain alone waits for each FMA.
static void gemm_column(int rows, GemmLeft a, const Real *b, size_t b_step, int depth, bool accumulate, Real *c,
                        size_t c_step) {
    enum { GROUP = 8 };
    int i = 0;
    for (; i + GROUP <= rows; i += GROUP, a.data += GROUP * a.row_step, c += GROUP * c_step) {
        Real sum[GROUP] = {0};
        for (int r = 0; r < GROUP && accumulate; r++) sum[r] = c[(size_t)r * c_step];
        for (int k = 0; k < depth; k++) {
            const Real *left = a.data + (size_t)k * a.k_step;
            Real right = b[(size_t)k * b_step];
            for (int r = 0; r < GROUP; r++) sum[r] = REAL_FMA(left[(size_t)r * a.row_step], right, sum[r]);
        }
        for (int r = 0; r < GROUP; r++) c[(size_t)r * c_step] = sum[r];
    }
    for (; i < rows; i++, a.data += a.row_step, c += c_step) {
        Real sum = accumulate ? *c : (Real)0;
        for (int k = 0; k < depth; k++) sum = REAL_FMA(a.data[(size_t)k * a.k_step], b[(size_t)k * b_step], sum);
        *c = sum;
    }
}

// The same where the rows of a lie side by side (a transposed): vectors of rows.
static void gemm_column_across(int rows, GemmLeft a, const Real *b, size_t b_step, int depth, bool accumulate, Real *c,
                               size_t c_step) {
    enum { VECTORS = 4, GROUP = VECTORS * LANES };
    int i = 0;
    for (; i + GROUP <= rows; i += GROUP, a.data += GROUP, c += GROUP * c_step) {
        Real out[GROUP] = {0};
        for (int r = 0; r < GROUP && accumulate; r++) out[r] = c[(size_t)r * c_step];
        Lanes sum[VECTORS];
        for (int v = 0; v < VECTORS; v++) sum[v] = lanes_load(out + v * LANES);
        for (int k = 0; k < depth; k++) {
            const Real *left = a.data + (size_t)k * a.k_step;
            Lanes right = lanes_all(b[(size_t)k * b_step]);
            for (int v = 0; v < VECTORS; v++) sum[v] = lanes_fma(right, lanes_load(left + v * LANES), sum[v]);
        }
        for (int v = 0; v < VECTORS; v++) lanes_store(out + v * LANES, sum[v]);
        for (int r = 0; r < GROUP; r++) c[(size_t)r * c_step] = out[r];
    }
    gemm_column(rows - i, a, b, b_step, depth, accumulate, c, c_step);
}

// The last columns, fewer than a vector.
static void gemm_edge(int rows, int cols, GemmLeft a, const Real *b, size_t b_step, int depth, bool accumulate, Real *c,
                      size_t c_step) {
    for (int j = 0; j < cols; j++) {
        if (a.row_step == 1) gemm_column_across(rows, a, b + j, b_step, depth, accumulate, c + j, c_step);
        else gemm_column(rows, a, b + j, b_step, depth, accumulate, c + j, c_step);
    }
}

// Columns [0, cols) of b, at most TILE_COLS, over one chunk of k. `plain` is a as it lies in memory, `a` may be packed.
static void gemm_panel(int rows, int cols, GemmLeft a, GemmLeft plain, const Real *b, size_t b_step, int depth, bool accumulate,
                       Real *c, size_t c_step) {
    if (cols == TILE_COLS) {
        gemm_strip(2, rows, a, b, b_step, depth, accumulate, c, c_step);
        return;
    }
    if (cols >= LANES) {
        gemm_strip(1, rows, a, b, b_step, depth, accumulate, c, c_step);
        b += LANES, c += LANES, cols -= LANES;
    }
    if (cols > 0) gemm_edge(rows, cols, plain, b, b_step, depth, accumulate, c, c_step);
}

// b[k][j] by panels, row k of each contiguous. Few rows of b at a time go to panel after panel: long runs on both sides.
static void gemm_pack(const Real *b, size_t k_step, size_t col_step, int depth, int cols, Real *panels) {
    size_t panel_size = (size_t)depth * TILE_COLS;
    if (col_step != 1) {
        for (int j = 0; j < cols; j++) {
            Real *to = panels + (size_t)(j / TILE_COLS) * panel_size + j % TILE_COLS;
            for (int k = 0; k < depth; k++) to[k * TILE_COLS] = b[(size_t)j * col_step + (size_t)k * k_step];
        }
        return;
    }
    for (int first = 0; first < depth; first += PACK_RUN) {
        int end = depth - first < PACK_RUN ? depth : first + PACK_RUN;
        Real *panel = panels;
        for (int j = 0; j < cols; j += TILE_COLS, panel += panel_size) {
            int width = cols - j < TILE_COLS ? cols - j : TILE_COLS;
            for (int k = first; k < end; k++) {
                const Real *from = b + (size_t)k * k_step + j;
                Real *to = panel + k * TILE_COLS;
                if (width < TILE_COLS) {
                    memcpy(to, from, (size_t)width * sizeof(Real));
                    continue;
                }
                lanes_store(to, lanes_load(from));
                lanes_store(to + LANES, lanes_load(from + LANES));
            }
        }
    }
}

// A transposed a by strips of CHAIN_ROWS rows, the rows of each k contiguous: in place they would lie a row of a apart.
static GemmLeft gemm_pack_left(GemmLeft a, int rows, int depth, Real *strips) {
    GemmLeft packed = {strips, 1, CHAIN_ROWS, (size_t)depth * CHAIN_ROWS};
    for (int first = 0; first < depth; first += PACK_RUN) {
        int end = depth - first < PACK_RUN ? depth : first + PACK_RUN;
        Real *strip = strips;
        for (int i = 0; i < rows; i += CHAIN_ROWS, strip += packed.strip_step) {
            int width = rows - i < CHAIN_ROWS ? rows - i : CHAIN_ROWS;
            for (int k = first; k < end; k++) {
                const Real *from = a.data + (size_t)k * a.k_step + i;
                if (width == CHAIN_ROWS) memcpy(strip + k * CHAIN_ROWS, from, CHAIN_ROWS * sizeof(Real));
                else memcpy(strip + k * CHAIN_ROWS, from, (size_t)width * sizeof(Real));
            }
        }
    }
    return packed;
}

// A product over one chunk of k with b packed, and a too where it is transposed.
static void gemm_packed(int rows, int cols, GemmLeft a, const Real *b, size_t k_step, size_t col_step, int depth,
                        bool accumulate, Real *c, size_t c_step) {
    Real panels[BLOCK_PANELS * PANEL_DEPTH * TILE_COLS] __attribute__((aligned(64)));
    Real strips[BLOCK_ROWS * PANEL_DEPTH] __attribute__((aligned(64)));
    for (int first = 0; first < cols; first += BLOCK_PANELS * TILE_COLS) {
        int end = cols - first < BLOCK_PANELS * TILE_COLS ? cols : first + BLOCK_PANELS * TILE_COLS;
        gemm_pack(b + (size_t)first * col_step, k_step, col_step, depth, end - first, panels);
        for (int i = 0; i < rows; i += BLOCK_ROWS) {
            int block = rows - i < BLOCK_ROWS ? rows - i : BLOCK_ROWS;
            GemmLeft plain = a;
            plain.data += (size_t)i * a.row_step;
            GemmLeft left = a.row_step == 1 ? gemm_pack_left(plain, block, depth, strips) : plain;
            const Real *panel = panels;
            for (int j = first; j < end; j += TILE_COLS, panel += depth * TILE_COLS) {
                gemm_panel(block, end - j < TILE_COLS ? end - j : TILE_COLS, left, plain, panel, TILE_COLS, depth, accumulate,
                           c + (size_t)i * c_step + j, c_step);
            }
        }
    }
}

static void gemm_product(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c) {
    int depth = transpose_a ? a.rows : a.cols;
    assert(depth == (transpose_b ? b.cols : b.rows) && c.rows == (transpose_a ? a.cols : a.rows));
    assert(c.cols == (transpose_b ? b.rows : b.cols));
    assert(a.type == REAL_DTYPE && b.type == REAL_DTYPE && c.type == REAL_DTYPE);
    size_t a_stride = (size_t)a.stride, b_stride = (size_t)b.stride, c_stride = (size_t)c.stride;
    size_t b_k_step = transpose_b ? 1 : b_stride, b_col_step = transpose_b ? b_stride : 1;
    bool collide = b.stride > PACK_STRIDE && b_stride * sizeof(Real) % (2 * CACHE_LINE) != CACHE_LINE;
    bool pack = transpose_b || (c.rows >= PACK_ROWS && collide);
    if (depth == 0 && !accumulate) {
        for (int i = 0; i < c.rows; i++) memset((Real *)c.data + (size_t)i * c_stride, 0, (size_t)c.cols * sizeof(Real));
    }
    for (int k = 0; k < depth; k += PANEL_DEPTH) {
        int chunk = depth - k < PANEL_DEPTH ? depth - k : PANEL_DEPTH;
        GemmLeft left = {.row_step = transpose_a ? 1 : a_stride, .k_step = transpose_a ? a_stride : 1};
        left.strip_step = CHAIN_ROWS * left.row_step;
        left.data = (const Real *)a.data + (size_t)k * left.k_step;
        const Real *right = (const Real *)b.data + (size_t)k * b_k_step;
        if (pack) {
            gemm_packed(c.rows, c.cols, left, right, b_k_step, b_col_step, chunk, accumulate || k > 0, c.data, c_stride);
            continue;
        }
        for (int j = 0; j < c.cols; j += TILE_COLS) {
            int cols = c.cols - j < TILE_COLS ? c.cols - j : TILE_COLS;
            gemm_panel(c.rows, cols, left, left, right + j, b_stride, chunk, accumulate || k > 0, (Real *)c.data + j, c_stride);
        }
    }
}
