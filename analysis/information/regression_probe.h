// Regression probe: what a linear reader gets out of x about a continuous y, by ridge regression of every column of y on the standardised
// columns of x. In nats, as if all were Gaussian:
//
//     I = 1/2 log(|S_y| / |S_e|),      e = y - y'(x),      S covariances over pairs that the regression was not fitted on
//
// Where y is Gaussian this is a lower bound in expectation: h(y) is 1/2 log |2 pi e S_y|, and h(y | x) <= h(e) <= 1/2 log |2 pi e S_e|, the
// Gaussian having the largest entropy for its covariance (Cover and Thomas 2006, "Elements of information theory", theorems 8.6.5 and
// 8.6.6). Otherwise it is none, since the first entropy is overestimated as well: call it decodable information. With one column it is
// -1/2 log(1 - R^2), and where the relation is linear and Gaussian it is the information itself. Negative where the fit is worse than the
// mean of the test pairs. The errors of |S_y| and |S_e| by the number of pairs cancel to first order.
#pragma once

#include "core/error.h"
#include "core/linalg.h"

typedef struct RegressionPairs {
    Matrix x, y;    // [n, dx] and [n, dy], F32 or F64, finite; row i of both belongs together
} RegressionPairs;

typedef struct RegressionEstimate {
    double information;    // of the test pairs; NaN where the residuals have no spread in some direction
    double
        standard_error;    // over test pairs, by the first order of the logarithm: 1/2 (|S_y^-1/2 y|^2 - |S_e^-1/2 e|^2) varies so
    double train;          // the same of the pairs that were fitted
    int directions;        // of y that are independent on the test pairs
} RegressionEstimate;

// Fits on `train`: weights minimise 1/2 mean |y - w x - b|^2 + penalty/2 |w|^2, x with mean 0 and deviation 1; the penalty is fixed, and at
// least 1e-9. Columns that do not vary and directions of y with less than 1e-10 of the largest share of the variance of its standardised
// columns are left out, of both determinants; if none remains, the information is 0. False with a message for test or training pairs that
// are not at least dy + 2.
bool regression_probe(double penalty, RegressionPairs train, RegressionPairs test, const Linalg *linalg,
                      RegressionEstimate *estimate, Error *error);
