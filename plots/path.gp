# Loss and a metric along paths.
#
#   gnuplot -c plots/path.gp path.tsv path.svg
#   gnuplot -c plots/path.gp path.png --title "sst2, two seeds" line.tsv:line curve.tsv:curve
#   gnuplot -c plots/path.gp out.svg --metric mcc s1.tsv,s2.tsv,s3.tsv:seeds path.tsv,each.tsv:one
#   gnuplot -c plots/path.gp out.svg --list conditions.tsv
#
# The argument that ends in .svg or .png is the output; --title TEXT, --metric COLUMN (default
# accuracy). Every other argument is a condition, one line per task in each panel:
# FILE[,FILE...][:LABEL]. The FILEs are tables of mc-eval. Several of them are runs of one
# condition, such as seed pairs: mean, and a band from the least to the largest. A per-example table
# among them (mc-eval --per-example): a band of one standard error over examples. LABEL is the first
# file's name unless given. gnuplot hands over nine arguments at most, so --list FILE has one
# condition a line, tabs between: LABEL, FILE, FILE ..., whose names may have commas and colons. The
# y range of a panel is at least .1 (loss) and .05, so that noise on a flat path does not look like
# a barrier. What is drawn replaces the output when it is whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = k < 10 ? value(sprintf("ARG%d", k)) : ARGV[k] }
usage = "usage: gnuplot -c path.gp OUT.svg|OUT.png [--title TEXT] [--metric COLUMN] [--list FILE] [FILE[,FILE...][:LABEL]...]"
named = "--metric"
load dir . "args.gp"
metric = value_of eq "" ? "accuracy" : value_of

# Every condition's blocks into $D; title[] and blocks: one per condition and task.
array title[1000]
blocks = 0
set print $D
do for [k = 1:conditions] {
    text = system("LC_ALL=C awk -v metric=" . quoted(metric) . " -f " . quoted(place(dir . "path.awk")) . files[k])
    if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
    if (k > 1) { print ""; print "" }
    print text
    first = blocks + 1
    rest = "\n" . text
    while (strstrt(rest, "\n\"") > 0) {
        rest = behind(rest, "\n\"")
        blocks = blocks + 1; title[blocks] = before(rest, "\"\n")
    }
    if (blocks == first) {
        title[blocks] = label[k]
    } else { if (conditions > 1) {
        do for [b = first:blocks] { title[b] = label[k] . ", " . title[b] }
    } }
}
unset print

wide = 960; high = 400
load dir . "style.gp"
set xtics 0, .2, 1
set format x "%.1f"
set xlabel "position t on the path (end points at 0 and 1)"
set datafile separator "\t"
set datafile missing "NaN"
entries = blocks
rows = (entries + 3) / 4
top = 1 - (head eq "" ? .03 : .1) - (blocks > 1 ? .06 * rows : 0)
unset key
set multiplot layout 1, 2 margins .09, .98, .16, top spacing .095
if (head ne "") { set label 1 head at screen .5, .95 center font ",15" noenhanced }

do for [panel = 1:2] {
    y = 3 * panel - 1
    least = panel == 1 ? .1 : .05 # of the y axis
    low = 1e300; top_y = -1e300
    array valid[blocks]
    do for [b = 1:blocks] { valid[b] = 0 }
    blank = 0
    do for [i = 1:|$D|] {
        blank = words($D[i]) == 0 ? blank + 1 : blank
        if (words($D[i]) == 7 && word($D[i], y) ne "NaN") {
            valid[1 + blank / 2] = 1
            v = real(word($D[i], y + 1)); low = v < low ? v : low
            v = real(word($D[i], y + 2)); top_y = v > top_y ? v : top_y
        }
    }
    have = low <= top_y
    if (!have) { low = 0; top_y = 1 }
    room = top_y - low < least ? (least - (top_y - low)) / 2 : .05 * (top_y - low)
    set xrange [0:1]
    set yrange [low - room : top_y + room]
    set format y (top_y - low < 2 ? "%.2f" : "%g")
    set ylabel panel == 1 ? "loss (nats per example)" : metric noenhanced offset .3, 0
    if (panel == 2) { unset label 1 }
    # Markers on every few points, and both ends of the path.
    if (have) {
        bands = ""; curves = ""
        do for [b = 1:blocks] {
            if (valid[b]) {
                bands = bands . sprintf("$D index %d using 1:%d:%d with filledcurves linecolor rgb ink[%d] notitle, ", \
                    b - 1, y + 1, y + 2, (b - 1) % 8 + 1)
                curves = curves . sprintf("%s$D index %d using 1:%d with linespoints linetype %d pointinterval 5 notitle", \
                    curves eq "" ? "" : ", ", b - 1, y, (b - 1) % 8 + 1)
            }
        }
        eval "plot " . bands . curves
    } else {
        set label 2 "not defined" at graph .5, .5 center
        plot -1 notitle
    }
}
if (blocks > 1) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
