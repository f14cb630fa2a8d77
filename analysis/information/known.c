#include "analysis/information/known.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <string.h>

#include "core/normal.h"

const char *const known_families[KNOWN_FAMILY_COUNT] = {"line", "dense", "sparse", "spiral", "student", "asinh", "label"};

const KnownTask known_tasks[] = {
    {"1v1-normal-0.75", KNOWN_LINE, 1, 1, DRAW_BIVARIATE, 0.75, {MAP_NONE}},
    {"normal_cdf-1v1-normal-0.75", KNOWN_LINE, 1, 1, DRAW_BIVARIATE, 0.75, {MAP_NORMAL_CDF}},
    {"1v1-additive-0.1", KNOWN_LINE, 1, 1, DRAW_ADDITIVE, 0.1, {MAP_NONE}},
    {"1v1-additive-0.75", KNOWN_LINE, 1, 1, DRAW_ADDITIVE, 0.75, {MAP_NONE}},
    {"1v1-bimodal-0.75", KNOWN_LINE, 1, 1, DRAW_BIVARIATE, 0.75, {MAP_BIMODAL}},
    {"wiggly-1v1-normal-0.75", KNOWN_LINE, 1, 1, DRAW_BIVARIATE, 0.75, {MAP_WIGGLY}},
    {"half_cube-1v1-normal-0.75", KNOWN_LINE, 1, 1, DRAW_BIVARIATE, 0.75, {MAP_HALF_CUBE}},
    {"student-identity-1-1-1", KNOWN_STUDENT, 1, 1, DRAW_STUDENT, 1, {MAP_NONE}},
    {"asinh-student-identity-1-1-1", KNOWN_ASINH, 1, 1, DRAW_STUDENT, 1, {MAP_ASINH}},
    {"swissroll_x-normal_cdf-1v1-normal-0.75", KNOWN_LINE, 2, 1, DRAW_BIVARIATE, 0.75, {MAP_NORMAL_CDF, MAP_SWISS_ROLL}},
    {"multinormal-dense-2-2-0.5", KNOWN_DENSE, 2, 2, DRAW_DENSE, 0.5, {MAP_NONE}},
    {"multinormal-dense-3-3-0.5", KNOWN_DENSE, 3, 3, DRAW_DENSE, 0.5, {MAP_NONE}},
    {"multinormal-dense-5-5-0.5", KNOWN_DENSE, 5, 5, DRAW_DENSE, 0.5, {MAP_NONE}},
    {"multinormal-dense-25-25-0.5", KNOWN_DENSE, 25, 25, DRAW_DENSE, 0.5, {MAP_NONE}},
    {"multinormal-dense-50-50-0.5", KNOWN_DENSE, 50, 50, DRAW_DENSE, 0.5, {MAP_NONE}},
    {"multinormal-sparse-2-2-2-2.0", KNOWN_SPARSE, 2, 2, DRAW_SPARSE, 2, {MAP_NONE}},
    {"multinormal-sparse-3-3-2-2.0", KNOWN_SPARSE, 3, 3, DRAW_SPARSE, 2, {MAP_NONE}},
    {"multinormal-sparse-5-5-2-2.0", KNOWN_SPARSE, 5, 5, DRAW_SPARSE, 2, {MAP_NONE}},
    {"multinormal-sparse-25-25-2-2.0", KNOWN_SPARSE, 25, 25, DRAW_SPARSE, 2, {MAP_NONE}},
    {"student-identity-2-2-1", KNOWN_STUDENT, 2, 2, DRAW_STUDENT, 1, {MAP_NONE}},
    {"student-identity-2-2-2", KNOWN_STUDENT, 2, 2, DRAW_STUDENT, 2, {MAP_NONE}},
    {"student-identity-3-3-2", KNOWN_STUDENT, 3, 3, DRAW_STUDENT, 2, {MAP_NONE}},
    {"student-identity-3-3-3", KNOWN_STUDENT, 3, 3, DRAW_STUDENT, 3, {MAP_NONE}},
    {"student-identity-5-5-2", KNOWN_STUDENT, 5, 5, DRAW_STUDENT, 2, {MAP_NONE}},
    {"student-identity-5-5-3", KNOWN_STUDENT, 5, 5, DRAW_STUDENT, 3, {MAP_NONE}},
    {"normal_cdf-multinormal-sparse-3-3-2-2.0", KNOWN_SPARSE, 3, 3, DRAW_SPARSE, 2, {MAP_NORMAL_CDF}},
    {"normal_cdf-multinormal-sparse-5-5-2-2.0", KNOWN_SPARSE, 5, 5, DRAW_SPARSE, 2, {MAP_NORMAL_CDF}},
    {"normal_cdf-multinormal-sparse-25-25-2-2.0", KNOWN_SPARSE, 25, 25, DRAW_SPARSE, 2, {MAP_NORMAL_CDF}},
    {"half_cube-multinormal-sparse-3-3-2-2.0", KNOWN_SPARSE, 3, 3, DRAW_SPARSE, 2, {MAP_HALF_CUBE}},
    {"half_cube-multinormal-sparse-5-5-2-2.0", KNOWN_SPARSE, 5, 5, DRAW_SPARSE, 2, {MAP_HALF_CUBE}},
    {"half_cube-multinormal-sparse-25-25-2-2.0", KNOWN_SPARSE, 25, 25, DRAW_SPARSE, 2, {MAP_HALF_CUBE}},
    {"spiral-multinormal-sparse-3-3-2-2.0", KNOWN_SPIRAL, 3, 3, DRAW_SPARSE, 2, {MAP_SPIRAL}},
    {"spiral-multinormal-sparse-5-5-2-2.0", KNOWN_SPIRAL, 5, 5, DRAW_SPARSE, 2, {MAP_SPIRAL}},
    {"spiral-multinormal-sparse-25-25-2-2.0", KNOWN_SPIRAL, 25, 25, DRAW_SPARSE, 2, {MAP_SPIRAL}},
    {"spiral-normal_cdf-multinormal-sparse-3-3-2-2.0", KNOWN_SPIRAL, 3, 3, DRAW_SPARSE, 2, {MAP_NORMAL_CDF, MAP_SPIRAL}},
    {"spiral-normal_cdf-multinormal-sparse-5-5-2-2.0", KNOWN_SPIRAL, 5, 5, DRAW_SPARSE, 2, {MAP_NORMAL_CDF, MAP_SPIRAL}},
    {"spiral-normal_cdf-multinormal-sparse-25-25-2-2.0", KNOWN_SPIRAL, 25, 25, DRAW_SPARSE, 2, {MAP_NORMAL_CDF, MAP_SPIRAL}},
    {"asinh-student-identity-2-2-1", KNOWN_ASINH, 2, 2, DRAW_STUDENT, 1, {MAP_ASINH}},
    {"asinh-student-identity-3-3-2", KNOWN_ASINH, 3, 3, DRAW_STUDENT, 2, {MAP_ASINH}},
    {"asinh-student-identity-5-5-2", KNOWN_ASINH, 5, 5, DRAW_STUDENT, 2, {MAP_ASINH}},
    {"uniform-mixture-m2", KNOWN_LABEL, 1, 1, DRAW_UNIFORM_MIXTURE, 2, {MAP_NONE}},
    {"uniform-mixture-m5", KNOWN_LABEL, 1, 1, DRAW_UNIFORM_MIXTURE, 5, {MAP_NONE}},
    {"noisy-label-m5-0.2", KNOWN_LABEL, 1, 1, DRAW_NOISY_LABEL, 0.2, {MAP_NONE}},
    {"zero-inflated-poisson-0.15", KNOWN_LABEL, 1, 1, DRAW_ZERO_INFLATED, 0.15, {MAP_NONE}},
};
enum { TASKS = sizeof known_tasks / sizeof *known_tasks };
const size_t known_task_count = TASKS;

const KnownTask *known_find(const char *name, Error *error) {
    const char *names[TASKS];
    for (size_t i = 0; i < TASKS; i++) {
        if (strcmp(known_tasks[i].name, name) == 0) return &known_tasks[i];
        names[i] = known_tasks[i].name;
    }
    error_unknown(error, "task", name, names, TASKS);
    return NULL;
}

// ---- the truth -----------------------------------------------------------------------------------------------------------------

// Of a pair with that correlation.
static double pair_information(double correlation) {
    return -0.5 * log1p(-correlation * correlation);
}

// log |C| of k variables of variance 1 that all correlate by c.
static double log_determinant(int k, double c) {
    return (k - 1) * log1p(-c) + log(1 - c + c * k);
}

static double sparse_correlation(double strength) {
    return strength * strength / (1 + strength * strength);
}

// Differential entropy of Student's t in k dimensions, dispersion the unit matrix.
static double student_entropy(double nu, int k) {
    double half = (nu + k) / 2;
    return gsl_sf_lngamma(nu / 2) - gsl_sf_lngamma(half) + k * log(nu * M_PI) / 2 +
           half * (gsl_sf_psi(half) - gsl_sf_psi(nu / 2));
}

enum { NOISY_LABELS = 5 };

// A label is read as each other one with the same probability, f in all.
static double noisy_label_information(double e) {
    double f = e * (NOISY_LABELS - 1) / NOISY_LABELS;
    return log(NOISY_LABELS) + (1 - f) * log1p(-f) + f * log(f / (NOISY_LABELS - 1));
}

// H(y) - H(y | x), y geometric on 0, 1, ... but for the zeros that were put in.
static double zero_inflated_information(double p) {
    double zero = p + (1 - p) / 2, sum = 0, correction = p > 0 ? p * p * log(p) / (2 * (1 - p)) : 0;
    for (int k = 2; k < 64; k++) sum += ldexp(log(k), -k);
    return -zero * log(zero) + (1 - p) * (1.5 * M_LN2 - M_EULER - sum) - p / 2 - correction;
}

double known_information(const KnownTask *task) {
    double a = task->parameter;
    switch (task->draw) {
    case DRAW_BIVARIATE: return pair_information(a);
    case DRAW_DENSE:
        return (log_determinant(task->dx, a) + log_determinant(task->dy, a) - log_determinant(task->dx + task->dy, a)) / 2;
    case DRAW_SPARSE: return 2 * pair_information(sparse_correlation(a));
    case DRAW_STUDENT:
        return student_entropy(a, task->dx) + student_entropy(a, task->dy) - student_entropy(a, task->dx + task->dy);
    case DRAW_ADDITIVE: return a <= 0.5 ? a - log(2 * a) : 1 / (4 * a);
    case DRAW_UNIFORM_MIXTURE: return log(a) - (a - 1) / a * M_LN2;
    case DRAW_NOISY_LABEL: return noisy_label_information(a);
    case DRAW_ZERO_INFLATED: return zero_inflated_information(a);
    }
    return NAN;
}

// ---- draws ---------------------------------------------------------------------------------------------------------------------

typedef struct Pair {
    int dx, dy;    // a swiss roll has one more coordinate in the end
    double x[KNOWN_SIZE_MAX], y[KNOWN_SIZE_MAX];
} Pair;

static void draw_normals(Rng *rng, Pair *pair) {
    for (int i = 0; i < pair->dx; i++) pair->x[i] = rng_normal(rng);
    for (int i = 0; i < pair->dy; i++) pair->y[i] = rng_normal(rng);
}

// x_i and y_i correlate by `correlation`, for the first `count` i.
static void correlate(Pair *pair, int count, double correlation) {
    for (int i = 0; i < count; i++) {
        pair->y[i] = correlation * pair->x[i] + sqrt(1 - correlation * correlation) * pair->y[i];
    }
}

// value = value * scale + shift, of both sides.
static void scale_all(Pair *pair, double scale, double shift) {
    for (int i = 0; i < pair->dx; i++) pair->x[i] = pair->x[i] * scale + shift;
    for (int i = 0; i < pair->dy; i++) pair->y[i] = pair->y[i] * scale + shift;
}

static double chi_square(Rng *rng, int nu) {
    double sum = 0;
    for (int i = 0; i < nu; i++) {
        double z = rng_normal(rng);
        sum += z * z;
    }
    return sum;
}

// By the inverse of the distribution function.
static int poisson(double mean, double u) {
    double probability = exp(-mean), below = probability;
    int k = 0;
    while (u >= below && probability > 0) {
        k++;
        probability *= mean / k;
        below += probability;
    }
    return k;
}

static void draw_zero_inflated(Rng *rng, double p, Pair *pair) {
    double u = rng_uniform(rng), inflated = rng_uniform(rng), count = rng_uniform(rng);
    pair->x[0] = -log1p(-u);
    pair->y[0] = inflated < p ? 0 : poisson(pair->x[0], count);
}

// With probability e any label is read, the right one as well.
static void draw_noisy_label(Rng *rng, double e, Pair *pair) {
    double label = floor(NOISY_LABELS * rng_uniform(rng)), any = floor(NOISY_LABELS * rng_uniform(rng));
    pair->y[0] = label;
    pair->x[0] = rng_uniform(rng) < e ? any : label;
}

static void draw_pair(const KnownTask *task, Rng *rng, Pair *pair) {
    double a = task->parameter;
    switch (task->draw) {
    case DRAW_BIVARIATE:
        draw_normals(rng, pair);
        correlate(pair, 1, a);
        break;
    case DRAW_DENSE:    // all share a factor of variance c
        draw_normals(rng, pair);
        scale_all(pair, sqrt(1 - a), sqrt(a) * rng_normal(rng));
        break;
    case DRAW_SPARSE:
        draw_normals(rng, pair);
        correlate(pair, 2, sparse_correlation(a));
        break;
    case DRAW_STUDENT:
        draw_normals(rng, pair);
        scale_all(pair, sqrt(a / chi_square(rng, (int)a)), 0);
        break;
    case DRAW_ADDITIVE:
        pair->x[0] = rng_uniform(rng);
        pair->y[0] = pair->x[0] + rng_between(rng, -a, a);
        break;
    case DRAW_UNIFORM_MIXTURE:
        pair->y[0] = floor(a * rng_uniform(rng));
        pair->x[0] = pair->y[0] + 2 * rng_uniform(rng);
        break;
    case DRAW_NOISY_LABEL: draw_noisy_label(rng, a, pair); break;
    case DRAW_ZERO_INFLATED: draw_zero_inflated(rng, a, pair); break;
    }
}

// ---- bijections ------------------------------------------------------------------------------------------------------------------

typedef double Coordinate(double value);

static double half_cube(double value) {
    return value * sqrt(fabs(value));
}

static double wiggly_x(double x) {
    return x + 0.4 * sin(x) + 0.2 * sin(1.7 * x + 1) + 0.03 * sin(3.3 * x - 2.5);
}

static double wiggly_y(double y) {
    return y - 0.4 * sin(0.4 * y) + 0.17 * sin(1.3 * y + 3.5) + 0.02 * sin(4.3 * y - 2.5);
}

static double two_humps_x(double t) {
    return 0.3 * gsl_cdf_ugaussian_P(t) + 0.7 * gsl_cdf_ugaussian_P(t - 5);
}

static double two_humps_y(double t) {
    return 0.5 * gsl_cdf_ugaussian_P(t + 1) + 0.5 * gsl_cdf_ugaussian_P(t - 3);
}

// Where the increasing function `of` reaches `level`, by bisection on [-10, 10].
static double inverse(Coordinate *of, double level) {
    double low = -10, high = 10;
    while (high - low > 1e-12) {
        double middle = (low + high) / 2;
        if (of(middle) < level) low = middle;
        else high = middle;
    }
    return (low + high) / 2;
}

static double bimodal_x(double x) {
    return inverse(two_humps_x, gsl_cdf_ugaussian_P(x));
}

static double bimodal_y(double y) {
    return inverse(two_humps_y, gsl_cdf_ugaussian_P(y));
}

static void map_coordinates(Pair *pair, Coordinate *of_x, Coordinate *of_y) {
    for (int i = 0; i < pair->dx; i++) pair->x[i] = of_x(pair->x[i]);
    for (int i = 0; i < pair->dy; i++) pair->y[i] = of_y(pair->y[i]);
}

static void swiss_roll(Pair *pair) {
    double t = 1.5 * M_PI * (1 + 2 * pair->x[0]);
    pair->x[0] = t * cos(t) / 21;
    pair->x[1] = t * sin(t) / 21;
    pair->dx = 2;
}

// Turns coordinates a and b of a vector by |v|^2 / size.
static void wind(double *v, int size, int a, int b) {
    double angle = 0;
    for (int i = 0; i < size; i++) angle += v[i] * v[i] / size;
    double from_a = v[a], from_b = v[b];
    v[a] = from_a * cos(angle) - from_b * sin(angle);
    v[b] = from_a * sin(angle) + from_b * cos(angle);
}

static void map_pair(KnownMap map, Pair *pair) {
    switch (map) {
    case MAP_NONE: break;
    case MAP_NORMAL_CDF: map_coordinates(pair, gsl_cdf_ugaussian_P, gsl_cdf_ugaussian_P); break;
    case MAP_HALF_CUBE: map_coordinates(pair, half_cube, half_cube); break;
    case MAP_ASINH: map_coordinates(pair, asinh, asinh); break;
    case MAP_WIGGLY: map_coordinates(pair, wiggly_x, wiggly_y); break;
    case MAP_BIMODAL: map_coordinates(pair, bimodal_x, bimodal_y); break;
    case MAP_SWISS_ROLL: swiss_roll(pair); break;
    case MAP_SPIRAL:
        wind(pair->x, pair->dx, 0, 1);
        wind(pair->y, pair->dy, 1, 2);
        break;
    }
}

void known_draw(const KnownTask *task, Rng *rng, Matrix x, Matrix y) {
    assert(x.rows == y.rows && x.cols == task->dx && y.cols == task->dy);
    for (int row = 0; row < x.rows; row++) {
        Pair pair = {.dx = task->maps[1] == MAP_SWISS_ROLL ? 1 : task->dx, .dy = task->dy};
        draw_pair(task, rng, &pair);
        for (int m = 0; m < KNOWN_MAPS; m++) map_pair(task->maps[m], &pair);
        for (int i = 0; i < task->dx; i++) matrix_set(x, row, i, pair.x[i]);
        for (int i = 0; i < task->dy; i++) matrix_set(y, row, i, pair.y[i]);
    }
}
