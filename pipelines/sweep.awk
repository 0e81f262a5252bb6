# The tidy table of make path: for every row of barrier.tsv and barrier-metric.tsv that is of one pair, its condition, all columns of mc-barrier, the
# metrics of both ends, their distance, and the seconds that training the two and the path have taken. Read with pipelines/sweep.sh.
BEGIN {
    n_metrics = split("loss accuracy f1_macro mcc exact_match token_f1 pearson spearman", metric, " ")
    n = split(recipe, word, " ")
    for (i = 1; i <= n; i++) { eq = index(word[i], "="); of[substr(word[i], 1, eq - 1)] = substr(word[i], eq + 1) }
    if (lr == "") lr = value("lr")
    if (batch == "") batch = value("batch")
}
function value(name) { return name in of ? of[name] : "nan" }
function cell(name) { return name in at ? $at[name] : "nan" }
function pair_of(path) { sub(/.*\/path-/, "", path); sub(/\.tsv$/, "", path); return path }
# A value of one of the tables that are read, by what it is of.
function known(table, key) { return (key in table) ? table[key] : "nan" }

FNR == 1 {
    delete at
    for (i = 1; i <= NF; i++) at[$i] = i
    file = FILENAME
    sub(/.*\//, "", file)
    kind = file ~ /^barrier/ ? "barrier" : file ~ /^distance/ ? "distance" : file ~ /^path-/ ? "path" : file ~ /\.log\.tsv$/ ? "log" : "seconds"
    name = file
    sub(/^\.?(path|seed)-/, "", name)
    sub(/\.(log\.)?(tsv|seconds)$/, "", name)
    if (kind == "barrier" && columns == "") columns = $0
    if (kind == "seconds") path_s[name] = $1
    next
}
kind == "barrier" && cell("path") != "all" { row[++rows] = $0; pair[rows] = pair_of(cell("path")); task[rows] = cell("task") }
kind == "distance" { l2[$at["path"]] = $at["l2"]; rms[$at["path"]] = $at["rms"]; cosine[$at["path"]] = $at["cosine"] }
kind == "path" && (cell("t") == 0 || cell("t") == 1) {
    for (i = 1; i <= n_metrics; i++) end[name, cell("task"), cell("t") + 0, metric[i]] = cell(metric[i])
}
kind == "log" { seed_s[name] = cell("seconds"); logged = cell("epoch") }

function training_s(pair,    seed) {
    split(pair, seed, "-")
    return (seed[1] in seed_s) && (seed[2] in seed_s) ? seed_s[seed[1]] + seed_s[seed[2]] : "nan"
}

END {
    OFS = "\t"
    if (epochs == "") epochs = logged == "" ? "nan" : logged
    if (head) {
        line = "condition\tmethod\tvary\tlr\tbatch\tepochs\tpair\t" columns
        for (e = 0; e < 2; e++) for (i = 1; i <= n_metrics; i++) line = line "\tend_" e "_" metric[i]
        print line, "l2", "rms", "cosine", "distance_of", "training_s", "path_s"
    }
    for (r = 1; r <= rows; r++) {
        line = condition OFS method OFS vary OFS lr OFS batch OFS epochs OFS pair[r] OFS row[r]
        for (e = 0; e < 2; e++) for (i = 1; i <= n_metrics; i++) line = line OFS known(end, pair[r] SUBSEP task[r] SUBSEP e SUBSEP metric[i])
        print line, known(l2, pair[r]), known(rms, pair[r]), known(cosine, pair[r]), moved, training_s(pair[r]), known(path_s, pair[r])
    }
}
