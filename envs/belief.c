#include "envs/belief.h"

#include <assert.h>
#include <string.h>

int belief_part_size(const BeliefPart *part) {
    return part->particles * part->size;
}

int belief_size(const BeliefPart *parts, int count) {
    int size = 0;
    for (int i = 0; i < count; i++) size += belief_part_size(&parts[i]);
    return size;
}

// ---- summaries of sets ----------------------------------------------------------------------------------------------

static int columns(const BeliefPart *part) {
    return part->levels > 0 ? part->size - 1 : part->size;
}

// d of the d + d^2 numbers of a Gaussian part.
static int dimension(const BeliefPart *part) {
    int d = 1;
    while (d * (d + 1) < part->size) d++;
    return d;
}

int belief_summary_size(const BeliefPart *part) {
    if (part->kind == BELIEF_EXACT || part->kind == BELIEF_PARAMETERS) return belief_part_size(part);
    if (part->kind == BELIEF_GAUSSIAN) return dimension(part);
    int d = columns(part);
    return d + d * (d + 1) / 2 + part->levels * (1 + d);
}

static double column_mean(const BeliefPart *part, const float *values, int column) {
    double sum = 0;
    for (int i = 0; i < part->particles; i++) sum += (double)values[i * part->size + column];
    return sum / part->particles;
}

static double covariance(const BeliefPart *part, const float *values, int a, int b) {
    double mean_a = column_mean(part, values, a), mean_b = column_mean(part, values, b), sum = 0;
    for (int i = 0; i < part->particles; i++) {
        const float *particle = values + i * part->size;
        sum += ((double)particle[a] - mean_a) * ((double)particle[b] - mean_b);
    }
    return sum / part->particles;
}

// Share of a level, and of each column the sum over the level's particles, both divided by the number of all.
static float *level_summary(const BeliefPart *part, const float *values, int level, float *out) {
    const int d = columns(part);
    for (int column = -1; column < d; column++) {
        double sum = 0;
        for (int i = 0; i < part->particles; i++) {
            const float *particle = values + i * part->size;
            if ((int)particle[d] == level) sum += column < 0 ? 1 : (double)particle[column];
        }
        *out++ = (float)(sum / part->particles);
    }
    return out;
}

void belief_summary(const BeliefPart *part, const float *values, float *out) {
    assert(part->particles > 0 && part->size > 0);
    if (part->kind != BELIEF_PARTICLES) {
        memcpy(out, values, (size_t)belief_summary_size(part) * sizeof *out);
        return;
    }
    const int d = columns(part);
    for (int a = 0; a < d; a++) *out++ = (float)column_mean(part, values, a);
    for (int a = 0; a < d; a++) {
        for (int b = a; b < d; b++) *out++ = (float)covariance(part, values, a, b);
    }
    for (int level = 0; level < part->levels; level++) out = level_summary(part, values, level, out);
}
