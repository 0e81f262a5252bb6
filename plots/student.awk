# Student's quantile at .975, for intervals of 95 %: awk -f student.awk -f OTHER.awk ...
BEGIN {
    # of 2 to 10 degrees of freedom
    split("- 4.302653 3.182446 2.776445 2.570582 2.446912 2.364624 2.306004 2.262157 2.228139", quantile, " ")
}

# Beyond the table by Cornish and Fisher, to six digits.
function student(f,    z) {
    if (f <= 10) return quantile[f]
    z = 1.9599640
    return z + (z^3 + z) / (4 * f) + (5 * z^5 + 16 * z^3 + 3 * z) / (96 * f^2) + \
        (3 * z^7 + 19 * z^5 + 17 * z^3 - 15 * z) / (384 * f^3) + \
        (79 * z^9 + 776 * z^7 + 1482 * z^5 - 1920 * z^3 - 945 * z) / (92160 * f^4)
}
