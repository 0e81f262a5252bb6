# What a run costs, as README.md has it, of the rates that were measured on two cores in float32:
#   awk -f tests/bench/cost.awk docs/results/speed.tsv docs/results/models.tsv
# Tuning is 6,920 examples (sst2) once, a line 26 points on 872; times are examples by rate. Beyond two cores nothing was measured. A batch is
# cut into chunks (mc/run.h), of which each core takes one after the other: an update of 32 sentences of 25 tokens into 4, 2,048 tokens that are
# evaluated into 12, of a T5 with short targets into 4. So n cores are worth chunks / ceil(chunks / n), and each doubling of these is taken to be as
# good as that from one to two in evaluation (`evaluation, two threads over one`).
BEGIN { FS = "\t"; TUNED = 6920; SCORED = 26 * 872 }
{ rate[$1] = $2 }
function need(name) {
    if (!(name in rate)) { print "cost.awk: no measure " name > "/dev/stderr"; failed = 1; exit 1 }
    return rate[name]
}
function spoken(s) { return s < 100 ? sprintf("%.0f s", s) : s < 6000 ? sprintf("%.1f min", s / 60) : sprintf("%.1f h", s / 3600) }
function on(cores, s, chunks,    rounds) {
    rounds = int((chunks + cores - 1) / cores)
    return spoken(s / need("evaluation, two threads over one") ^ (log(chunks / rounds / 2) / log(2)))
}
function times(s, chunks) { return on(2, s, chunks) " | " on(8, s, chunks) " | " on(32, s, chunks) }
function row(name, tuning, scoring, chunks) {
    printf "| %s | %s | %s | %.2g, %.2g GiB |\n", name, times(TUNED / need(tuning), 4), times(SCORED / need(scoring), chunks),
        need(tuning " memory") / 1024, need(scoring " memory") / 1024
}
END {
    if (failed) exit 1
    print "| | tuning on 2 cores | 8 | 32 | a line on 2 | 8 | 32 | memory of either |"
    print "|---|---|---|---|---|---|---|---|"
    row("MiniLM", "training f32", "evaluation f32", 12)
    row("BERT-base, by RoBERTa-base", "roberta-base training f32", "roberta-base evaluation f32", 12)
    row("T5-base 1.1", "t5-base training f32", "t5-base scoring f32", 4)
}
