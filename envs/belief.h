// What a belief is made of. An environment has one part about its own state; a wrapper puts its own before it. A part is a vector, or
// a set of particles whose order means nothing.
#pragma once

#include <stdbool.h>

typedef enum BeliefKind {
    BELIEF_EXACT,        // probabilities of finitely many states
    BELIEF_GAUSSIAN,     // mean, then covariance row by row
    BELIEF_PARTICLES,    // equally weighted
    // Numbers that, with the time step, fix an exact posterior and are not its probabilities: moments; marginals and what was seen.
    BELIEF_PARAMETERS,
} BeliefKind;

typedef struct BeliefPart {
    const char *about;    // what it is a belief about: "" the environment's own state, "irrelevant"
    BeliefKind kind;
    int particles;    // in a set; 1 otherwise
    int size;         // numbers in the vector, or in one particle
    int levels;       // the last number of a particle is a label in 0..levels-1; 0: there is no label
    bool discrete;    // takes finitely many values, so that its entropy is finite
} BeliefPart;

enum { BELIEF_PARTS_MAX = 4 };

int belief_part_size(const BeliefPart *part);    // particles * size
int belief_size(const BeliefPart *parts, int count);

// A part as a vector of fixed length, for whoever cannot take sets. Exact beliefs and parameters stay as they are. Of a Gaussian one the mean
// is left: the covariance of a Kalman filter depends on time alone. A set becomes the mean of its columns and the upper triangle of their covariance
// (divided by the number of particles), row by row; with a label, of the columns before it, and then for each level its share of the
// particles and the sums over its particles of those columns, divided by the number of all particles. A summary is a function of the part, so
// what it tells about anything bounds from below what the part tells.
int belief_summary_size(const BeliefPart *part);
void belief_summary(const BeliefPart *part, const float *values, float *out);
