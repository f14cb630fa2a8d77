#include "analysis/information/information.h"

#include <math.h>

InformationEstimate information_unknown(void) {
    return (InformationEstimate){
        .value = NAN,
        .low = NAN,
        .high = NAN,
        .sd = NAN,
        .ceiling = NAN,
        .train = NAN,
        .validation = NAN,
        .ess = NAN,
    };
}

const double information_normal_975 = 1.959963984540054;

void information_interval(InformationEstimate *estimate, double standard_error) {
    estimate->low = estimate->value - information_normal_975 * standard_error;
    estimate->high = estimate->value + information_normal_975 * standard_error;
}

bool information_overfitted(const InformationEstimate *estimate) {
    double slack = 0.2 * estimate->train > 0.1 ? 0.2 * estimate->train : 0.1;
    return !isfinite(estimate->value) || estimate->train - estimate->value > slack;
}
