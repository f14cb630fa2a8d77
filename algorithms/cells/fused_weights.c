#include "algorithms/cells/fused_weights.h"

#include <string.h>

extern const FusedKernels fused_f32_v1, fused_f32_v3, fused_f32_v4, fused_f64_v1, fused_f64_v3, fused_f64_v4;

const FusedKernels *fused_kernels_of(DType type, KernelsPath path) {
    static const FusedKernels *const tables[KERNELS_PATHS][2] = {
        [KERNELS_SCALAR] = {&fused_f32_v1, &fused_f64_v1},
        [KERNELS_AVX2] = {&fused_f32_v3, &fused_f64_v3},
        [KERNELS_AVX512] = {&fused_f32_v4, &fused_f64_v4},
    };
    assert((type == DTYPE_F32 || type == DTYPE_F64) && path < KERNELS_PATHS);
    return tables[path][type == DTYPE_F64];
}

static int padded_width(int hidden) {
    return (hidden + FUSED_BLOCK - 1) / FUSED_BLOCK * FUSED_BLOCK;
}

FusedLayout fused_layout(const FusedCell *fused, const Kernels *plain, DType type, int input, int hidden) {
    KernelsPath path = KERNELS_SCALAR;
    while (path + 1 < KERNELS_PATHS && kernels_of(type, path) != plain) path++;
    assert(kernels_of(type, path) == plain);
    const FusedKernels *kernels = fused_kernels_of(type, path);
    return (FusedLayout){
        .fused = fused,
        .kernels = kernels,
        .plain = plain,
        .gates = kernels->gates[fused->kind],
        .type = type,
        .input = input,
        .hidden = hidden,
        .padded = padded_width(hidden),
    };
}

static bool has_second(const FusedLayout *layout) {
    return layout->kernels->forward[layout->fused->kind][1] != NULL;
}

Matrix fused_source(const FusedLayout *layout, FusedSource source, const Matrix *matrices) {
    Matrix whole = matrices[source.weight];
    if (!whole.data) return whole;
    return matrix_cols(whole, source.column * layout->hidden, layout->hidden);
}

// ---- memory: parts one after the other, each on a boundary of 64 bytes -------------------------------------------------------------

enum { ALIGNMENT = 64 };

// The next part of `rows` by `cols` numbers; *used grows by its size. With memory NULL only the size is counted.
static Matrix part(const FusedLayout *layout, void *memory, size_t *used, int rows, int cols) {
    Matrix m = matrix_view(layout->type, rows, cols, memory ? (char *)memory + *used : NULL);
    size_t bytes = (size_t)rows * (size_t)cols * dtype_size(layout->type);
    *used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return m;
}

// The same with some room between rows, which then do not meet in the same places of the cache.
static Matrix spaced_part(const FusedLayout *layout, void *memory, size_t *used, int rows, int cols) {
    Matrix m = part(layout, memory, used, rows, cols + FUSED_BLOCK);
    m.cols = cols;
    return m;
}

static FusedWeights place_weights(const FusedLayout *layout, void *memory, size_t *used) {
    const FusedGates *gates = &layout->gates;
    FusedWeights packed = {0};
    packed.x = part(layout, memory, used, layout->input, gates->x_count * layout->padded).data;
    packed.h = part(layout, memory, used, layout->hidden, gates->h_count * layout->padded).data;
    if (has_second(layout)) packed.second = part(layout, memory, used, layout->hidden, layout->padded).data;
    packed.bias = part(layout, memory, used, 1, gates->sums * layout->padded);
    packed.vectors = part(layout, memory, used, FUSED_VECTORS, layout->padded);
    return packed;
}

static FusedTransposed place_transposed(const FusedLayout *layout, bool with_x, void *memory, size_t *used) {
    FusedTransposed packed = {0};
    packed.h = part(layout, memory, used, layout->gates.h_count * layout->padded, layout->padded).data;
    if (has_second(layout)) packed.second = part(layout, memory, used, layout->padded, layout->padded).data;
    if (with_x) packed.x = part(layout, memory, used, layout->gates.x_count * layout->padded, layout->input);
    return packed;
}

static FusedGradients place_gradients(const FusedLayout *layout, void *memory, size_t *used) {
    const FusedGates *gates = &layout->gates;
    FusedGradients gradients = {0};
    gradients.x = spaced_part(layout, memory, used, layout->input, gates->x_count * layout->padded);
    gradients.h = spaced_part(layout, memory, used, layout->hidden, gates->h_count * layout->padded);
    gradients.second = spaced_part(layout, memory, used, has_second(layout) ? layout->hidden : 0, layout->padded);
    gradients.sums = part(layout, memory, used, gates->sums + FUSED_VECTORS, layout->padded);
    return gradients;
}

size_t fused_weights_bytes(const FusedLayout *layout) {
    size_t used = 0;
    place_weights(layout, NULL, &used);
    return used;
}

size_t fused_transposed_bytes(const FusedLayout *layout, bool with_x) {
    size_t used = 0;
    place_transposed(layout, with_x, NULL, &used);
    return used;
}

size_t fused_gradients_bytes(const FusedLayout *layout) {
    size_t used = 0;
    place_gradients(layout, NULL, &used);
    return used;
}

// Panels have places for units beyond H, which are nobody's: they stay zero.
FusedWeights fused_weights_place(const FusedLayout *layout, void *memory) {
    size_t used = 0;
    FusedWeights packed = place_weights(layout, memory, &used);
    memset(memory, 0, used);
    return packed;
}

FusedGradients fused_gradients_place(const FusedLayout *layout, void *memory) {
    size_t used = 0;
    FusedGradients gradients = place_gradients(layout, memory, &used);
    memset(memory, 0, used);
    return gradients;
}

// ---- between a cell's matrices and its accumulators -----------------------------------------------------------------------------------

void fused_weights_load(const FusedLayout *layout, const FusedWeights *packed, const Matrix *values) {
    const FusedCell *fused = layout->fused;
    const FusedGates *gates = &layout->gates;
    for (int j = 0; j < gates->x_count; j++)
        layout->kernels->pack(fused_source(layout, fused->x[j], values), j, gates->x_count, packed->x);
    for (int j = 0; j < gates->h_count; j++)
        layout->kernels->pack(fused_source(layout, fused->h[j], values), j, gates->h_count, packed->h);
    if (packed->second) layout->kernels->pack(fused_source(layout, fused->second, values), 0, 1, packed->second);
    for (int j = 0; j < gates->sums; j++) {
        Matrix bias = matrix_cols(packed->bias, j * layout->padded, layout->hidden);
        matrix_copy(fused_source(layout, fused->bias[j][0], values), bias);
        if (fused->bias[j][1].weight >= 0) layout->plain->add(bias, fused_source(layout, fused->bias[j][1], values), bias);
    }
    for (int j = 0; j < fused->vector_count; j++) {
        matrix_copy(fused_source(layout, fused->vectors[j], values),
                    matrix_cols(matrix_rows(packed->vectors, j, 1), 0, layout->hidden));
    }
}

FusedTransposed fused_transposed_load(const FusedLayout *layout, bool with_x, const Matrix *values, void *memory) {
    const FusedCell *fused = layout->fused;
    size_t used = 0;
    FusedTransposed packed = place_transposed(layout, with_x, memory, &used);
    if (layout->hidden < layout->padded) memset(memory, 0, used);
    for (int j = 0; j < layout->gates.h_count; j++)
        layout->kernels->pack_transposed(fused_source(layout, fused->h[j], values), j, layout->gates.h_count, packed.h);
    if (packed.second) layout->kernels->pack_transposed(fused_source(layout, fused->second, values), 0, 1, packed.second);
    for (int j = 0; with_x && j < layout->gates.x_count; j++) {
        layout->plain->transpose(fused_source(layout, fused->x[j], values),
                                 matrix_rows(packed.x, j * layout->padded, layout->hidden));
    }
    return packed;
}

static void add_to(const FusedLayout *layout, Matrix gradient, FusedSource source, const Matrix *to) {
    if (source.weight < 0) return;
    Matrix wanted = fused_source(layout, source, to);
    if (wanted.data) layout->plain->axpy(1, matrix_cols(gradient, 0, layout->hidden), wanted);
}

void fused_gradients_add(const FusedLayout *layout, const FusedGradients *gradients, const Matrix *to) {
    const FusedCell *fused = layout->fused;
    const FusedGates *gates = &layout->gates;
    int padded = layout->padded;
    for (int j = 0; j < gates->x_count; j++) add_to(layout, matrix_cols(gradients->x, j * padded, padded), fused->x[j], to);
    for (int j = 0; j < gates->h_count; j++) add_to(layout, matrix_cols(gradients->h, j * padded, padded), fused->h[j], to);
    if (has_second(layout)) add_to(layout, gradients->second, fused->second, to);
    for (int j = 0; j < gates->sums; j++) {
        for (int term = 0; term < 2; term++) add_to(layout, matrix_rows(gradients->sums, j, 1), fused->bias[j][term], to);
    }
    for (int j = 0; j < fused->vector_count; j++)
        add_to(layout, matrix_rows(gradients->sums, gates->sums + j, 1), fused->vectors[j], to);
}
