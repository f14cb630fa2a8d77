// Template: matrix products in a fixed order. Every output is one chain c = fma(a[i][k], b[k][j], c) over increasing k, whatever the
// tile or the vector width, so the bits depend on nothing but the operands.
//
// A tile of rows x (2 vectors) keeps its outputs in registers while k runs. b is read in panels of TILE_COLS columns: in place when the
// product is small or few rows use it, otherwise packed into a contiguous buffer first (a packed panel also serves transposed b).
#include <immintrin.h>
#include <string.h>

#ifdef __AVX512F__
enum { VECTOR_BYTES = 64, TILE_ROWS = 8 };
#else
enum { VECTOR_BYTES = 32, TILE_ROWS = 4 };
#endif
typedef Real Vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(Real)), may_alias));

enum {
    LANES = VECTOR_BYTES / (int)sizeof(Real),
    TILE_COLS = 2 * LANES,
    PANEL_DEPTH = 256,     // k is cut into chunks; the chain goes on through memory, which is exact
    PACK_ROWS = 24,        // from so many rows on, packing a panel is cheap against using it
    PACK_STRIDE = 192,     // rows of b further apart than this many elements collide in the first-level cache
};

static inline Vector vector_load(const Real *from) {
    return *(const Vector *)from;
}

static inline void vector_store(Real *to, Vector v) {
    *(Vector *)to = v;
}

static inline Vector vector_fma(Real a, Vector b, Vector c) {
    Vector broadcast = a - (Vector){0};
#if defined(__AVX512F__)
    if (sizeof(Real) == 4) return (Vector)_mm512_fmadd_ps((__m512)broadcast, (__m512)b, (__m512)c);
    return (Vector)_mm512_fmadd_pd((__m512d)broadcast, (__m512d)b, (__m512d)c);
#else
    if (sizeof(Real) == 4) return (Vector)_mm256_fmadd_ps((__m256)broadcast, (__m256)b, (__m256)c);
    return (Vector)_mm256_fmadd_pd((__m256d)broadcast, (__m256d)b, (__m256d)c);
#endif
}

// One operand a as a function of (row, k): either storage order.
typedef struct GemmLeft {
    const Real *data;
    size_t row_step, k_step;
} GemmLeft;

// rows x (vectors * LANES) outputs over `depth` terms; `rows` and `vectors` are constants after inlining.
static inline __attribute__((always_inline)) void gemm_tile(int rows, int vectors, GemmLeft a, const Real *b, size_t b_step, int depth,
                                                            bool accumulate, Real *c, size_t c_step) {
    Vector sum[TILE_ROWS][2];
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < vectors; v++) {
            sum[i][v] = accumulate ? vector_load(c + (size_t)i * c_step + v * LANES) : (Vector){0};
        }
    }
    for (int k = 0; k < depth; k++) {
        Vector right[2];
        for (int v = 0; v < vectors; v++) right[v] = vector_load(b + (size_t)k * b_step + v * LANES);
        for (int i = 0; i < rows; i++) {
            Real left = a.data[(size_t)i * a.row_step + (size_t)k * a.k_step];
            for (int v = 0; v < vectors; v++) sum[i][v] = vector_fma(left, right[v], sum[i][v]);
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < vectors; v++) vector_store(c + (size_t)i * c_step + v * LANES, sum[i][v]);
    }
}

static inline __attribute__((always_inline)) void gemm_strip(int vectors, int rows, GemmLeft a, const Real *b, size_t b_step, int depth,
                                                             bool accumulate, Real *c, size_t c_step) {
    int i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
        gemm_tile(TILE_ROWS, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += TILE_ROWS * a.row_step;
        c += TILE_ROWS * c_step;
    }
    if (TILE_ROWS > 4 && i + 4 <= rows) {
        gemm_tile(4, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += 4 * a.row_step;
        c += 4 * c_step;
        i += 4;
    }
    for (; i < rows; i++) {
        gemm_tile(1, vectors, a, b, b_step, depth, accumulate, c, c_step);
        a.data += a.row_step;
        c += c_step;
    }
}

// The last columns, fewer than a vector: eight rows side by side, because one chain alone waits for each FMA.
static void gemm_edge(int rows, int cols, GemmLeft a, const Real *b, size_t b_step, int depth, bool accumulate, Real *c, size_t c_step) {
    enum { GROUP = 8 };
    for (int first = 0; first < rows; first += GROUP) {
        int group = rows - first < GROUP ? rows - first : GROUP;
        for (int j = 0; j < cols; j++) {
            Real sum[GROUP] = {0};
            for (int i = 0; i < group && accumulate; i++) sum[i] = c[(size_t)(first + i) * c_step + (size_t)j];
            const Real *left = a.data + (size_t)first * a.row_step;
            for (int k = 0; k < depth; k++, left += a.k_step) {
                Real right = b[(size_t)k * b_step + (size_t)j];
                for (int i = 0; i < group; i++) sum[i] = REAL_FMA(left[(size_t)i * a.row_step], right, sum[i]);
            }
            for (int i = 0; i < group; i++) c[(size_t)(first + i) * c_step + (size_t)j] = sum[i];
        }
    }
}

// Columns [0, cols) of b, at most TILE_COLS, over one chunk of k.
static void gemm_panel(int rows, int cols, GemmLeft a, const Real *b, size_t b_step, int depth, bool accumulate, Real *c, size_t c_step) {
    if (cols == TILE_COLS) {
        gemm_strip(2, rows, a, b, b_step, depth, accumulate, c, c_step);
        return;
    }
    if (cols >= LANES) {
        gemm_strip(1, rows, a, b, b_step, depth, accumulate, c, c_step);
        b += LANES, c += LANES, cols -= LANES;
    }
    if (cols > 0) gemm_edge(rows, cols, a, b, b_step, depth, accumulate, c, c_step);
}

// b[k][j] for one panel, row k contiguous.
static void gemm_pack(const Real *b, size_t k_step, size_t col_step, int depth, int cols, Real *panel) {
    if (col_step == 1) {
        for (int k = 0; k < depth; k++) memcpy(panel + k * TILE_COLS, b + (size_t)k * k_step, (size_t)cols * sizeof(Real));
        return;
    }
    for (int j = 0; j < cols; j++) {
        for (int k = 0; k < depth; k++) panel[k * TILE_COLS + j] = b[(size_t)j * col_step + (size_t)k * k_step];
    }
}

static void gemm_product(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c) {
    int depth = transpose_a ? a.rows : a.cols;
    assert(depth == (transpose_b ? b.cols : b.rows) && c.rows == (transpose_a ? a.cols : a.rows));
    assert(c.cols == (transpose_b ? b.rows : b.cols));
    assert(a.type == REAL_DTYPE && b.type == REAL_DTYPE && c.type == REAL_DTYPE);
    size_t a_stride = (size_t)a.stride, b_stride = (size_t)b.stride, c_stride = (size_t)c.stride;
    size_t b_k_step = transpose_b ? 1 : b_stride, b_col_step = transpose_b ? b_stride : 1;
    bool pack = transpose_b || (c.rows >= PACK_ROWS && b.stride > PACK_STRIDE);
    Real panel[PANEL_DEPTH * TILE_COLS] __attribute__((aligned(64)));
    if (depth == 0 && !accumulate) {
        for (int i = 0; i < c.rows; i++) memset((Real *)c.data + (size_t)i * c_stride, 0, (size_t)c.cols * sizeof(Real));
    }
    for (int k = 0; k < depth; k += PANEL_DEPTH) {
        int chunk = depth - k < PANEL_DEPTH ? depth - k : PANEL_DEPTH;
        GemmLeft left = {.row_step = transpose_a ? 1 : a_stride, .k_step = transpose_a ? a_stride : 1};
        left.data = (const Real *)a.data + (size_t)k * left.k_step;
        for (int j = 0; j < c.cols; j += TILE_COLS) {
            int cols = c.cols - j < TILE_COLS ? c.cols - j : TILE_COLS;
            const Real *right = (const Real *)b.data + (size_t)k * b_k_step + (size_t)j * b_col_step;
            if (pack) gemm_pack(right, b_k_step, b_col_step, chunk, cols, panel);
            gemm_panel(c.rows, cols, left, pack ? panel : right, pack ? (size_t)TILE_COLS : b_stride, chunk, accumulate || k > 0,
                       (Real *)c.data + j, c_stride);
        }
    }
}
