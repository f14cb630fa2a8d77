// Smooth convex minimisation: limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", 2006, algorithms 7.4
// and 7.5) with a backtracking line search (Armijo's condition; on a convex function the curvature condition holds by
// itself). GSL has no limited-memory form; its vector_bfgs2 took about five times as long to fit a softmax regression.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Value at x[n]; fills gradient[n].
typedef double (*MinimiseFunction)(void *context, const double *x, double *gradient);

typedef struct Minimum {
    double value, gradient_norm;    // at the final x
    int iterations, evaluations;
    bool converged;    // gradient_norm <= tolerance
} Minimum;

// Starts from x[n] and leaves the best point there. Ends when the gradient's Euclidean norm is at most `tolerance`,
// after `iterations` steps, or when no step makes the value smaller in the arithmetic at hand. Plain sums in order: the
// same bits everywhere.
Minimum minimise(MinimiseFunction function, void *context, size_t n, double *x, int iterations, double tolerance);
