// Quantiles of the normal distribution and of Student's, by bisection of their integrals.
#include <math.h>

#include "mc/barrier.h"

// P(|T| <= t) of Student's distribution: the finite sums of Abramowitz and Stegun, 26.7.3 and
// 26.7.4.
static double student_within(double t, int degrees) {
    static const double PI = 3.14159265358979323846;
    double angle = atan(t / sqrt(degrees)), c = cos(angle), c2 = c * c;
    bool odd = degrees % 2;
    double term = odd ? c : 1, sum = degrees > 1 ? term : 0;
    for (int k = odd ? 3 : 2; k < degrees; k += 2) {
        term *= c2 * (k - 1) / k;
        sum += term;
    }
    return odd ? 2 / PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

static double normal_within(double z, int unused) {
    (void)unused;
    return erf(z / sqrt(2));
}

static double quantile(double p, double (*within)(double, int), int degrees) {
    double low = 0, high = 1;
    while (within(high, degrees) < 2 * p - 1 && high < 1e300) high *= 2;
    for (;;) {
        double mid = .5 * (low + high);
        if (!(mid > low && mid < high)) return high;
        if (within(mid, degrees) < 2 * p - 1)
            low = mid;
        else
            high = mid;
    }
}

double mc_normal_quantile(double p) { return quantile(p, normal_within, 0); }
double mc_student_quantile(double p, int degrees) { return quantile(p, student_within, degrees); }
