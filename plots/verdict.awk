# A barrier table for the terminal: one line a path, and what would decide where nothing is decided. With -f plots/notes.awk.
#   awk -F '\t' [-v other=barrier-metric.tsv] -f plots/notes.awk -f plots/verdict.awk barrier.tsv        other: heights by further metrics, said behind
function cell(name) { return name in at ? $at[name] : "" }
function path_here() { return cell("condition") SUBSEP cell("path") SUBSEP cell("task") SUBSEP cell("group") }
function interval() { return cell("ci_low") == "nan" ? "" : sprintf(" [%.4g, %.4g]", cell("ci_low"), cell("ci_high")) }

BEGIN {
    head = ""
    while (other != "" && (getline < other) > 0) {
        if (head == "") { head = $0; for (i = 1; i <= NF; i++) at[$i] = i; continue }
        further[path_here()] = further[path_here()] sprintf("; %s: %.4g and %.4g, barrier %.4g%s", cell("metric") == "loss" ? "loss" : "1 - " cell("metric"), \
            cell("loss_0"), cell("loss_1"), cell("barrier_lin"), cell("verdict") == "" ? "" : interval() ": " cell("verdict"))
        if (cell("verdict") == "undecided" && cell("ci_high") + 0 < cell("epsilon") + 0 && cell("n") + 0 < least())
            further[path_here()] = further[path_here()] " (needs " least() " examples or more)"
    }
    delete at
}

NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }

# How many times as many examples would take epsilon out of the interval: its half-width falls with the root of their number.
function times_as_many(low, height, high, epsilon,    half, gap) {
    gap = height < epsilon ? epsilon - height : height - epsilon
    half = height < epsilon || low == 0 ? high - height : height - low
    return gap > 0 ? (half / gap) ^ 2 : 1e9
}

# Examples that a verdict needs at least; of a metric that counts them as many as show that no share epsilon of them goes wrong (docs/barrier.md).
function least(    n) {
    n = cell("metric") !~ /^(accuracy|exact_match|token_f1)$/ || cell("epsilon") + 0 <= 0 ? 100 : log(1 - cell("confidence")) / log(1 - cell("epsilon"))
    n = n == int(n) ? n : int(n) + 1
    return n < 100 ? 100 : n
}

function advice(low, height, high, epsilon, points,    k) {
    if (points < 3) return "needs points between the ends"
    if (low > epsilon || high < epsilon) return "needs " least() " examples or more"
    k = times_as_many(low, height, high, epsilon)
    if (cell("n") + 0 > 0 && k < least() / cell("n")) k = least() / cell("n")
    if (k > 1000) return "the height is too near epsilon for any number of examples"
    return sprintf(k < 10 ? "about %.1f times as many examples would decide if the height stays" : \
        "about %.0f times as many examples would decide if the height stays", k < 1.1 ? 1.1 : k)
}

{
    verdict = cell("verdict")
    name = cell("path")
    if (name != "all" && cell("condition") != "") name = cell("condition") ", " name
    if (name == "all") name = (cell("condition") == "" ? "" : cell("condition") ", ") "all " cell("runs") " paths"
    if (cell("group") != "") name = name " " cell("group")
    printf "%s, %s: %sends %.4g and %.4g, barrier %.4g", name, cell("task"), cell("metric") ~ /^loss/ || cell("metric") == "" ? "" : "1 - " cell("metric") ": ", cell("loss_0"), cell("loss_1"), cell("barrier_lin")
    if (verdict != "") printf "%s, epsilon %.4g: %s", interval(), cell("epsilon"), verdict
    if (verdict == "undecided" && cell("runs") + 0 > 1 && cell("ci_low") == "nan") printf " (an interval over pairs needs three, and three ends)"
    else if (verdict == "undecided" && cell("runs") + 0 > 1 && cell("ci_high") + 0 < cell("epsilon") + 0) printf " (needs %d examples or more)", least()
    else if (verdict == "undecided" && cell("runs") + 0 > 1) printf " (more pairs of ends or more examples may decide)"
    else if (verdict == "undecided")
        printf " (%s)", advice(cell("ci_low") + 0, cell("barrier_lin") + 0, cell("ci_high") + 0, cell("epsilon") + 0, cell("points") + 0)
    of = cell("condition") SUBSEP cell("task") SUBSEP cell("group")
    if (cell("path") != "all") count_notes(of, cell("notes"))
    print further[path_here()] said_notes(cell("notes")) (cell("path") == "all" ? said_notes_of_all(of) : "")
}
