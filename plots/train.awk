# A training log of mc-finetune -> lines for train.gp: step loss smooth lr grad_norm dev_loss
# dev_accuracy, nothing where there is no step yet. smooth is the mean over a window of a twentieth of the run, cut at its ends.
BEGIN { FS = "\t"; OFS = "\t" }
NR == 1 {
    columns = NF
    for (i = 1; i <= NF; i++) col[$i] = i
    if (!("step" in col) || !("loss" in col) || !("lr" in col)) {
        print "train.awk: " FILENAME ": no training log" > "/dev/stderr"
        failed = 1
        exit 1
    }
    next
}
NF < columns { next } # the row that is being written
{
    n++
    step[n] = $col["step"]; loss[n] = $col["loss"]; lr[n] = $col["lr"]
    norm[n] = "grad_norm" in col ? $col["grad_norm"] : "nan"
    dev[n] = "dev_loss" in col ? $col["dev_loss"] : "nan"
    right[n] = "dev_accuracy" in col ? $col["dev_accuracy"] : "nan"
    total[n] = total[n - 1] + loss[n]
}
# Fixed point: gnuplot's real() refuses 1e-05.
function cell(v) { return v == "nan" ? "NaN" : sprintf("%.12f", v) }
END {
    if (failed) exit 1
    half = int(n / 40)
    for (i = 1; i <= n; i++) {
        a = i > half ? i - half : 1
        b = i + half < n ? i + half : n
        print step[i], cell(loss[i]), cell((total[b] - total[a - 1]) / (b - a + 1)), cell(lr[i]), cell(norm[i]), cell(dev[i]), cell(right[i])
    }
}
