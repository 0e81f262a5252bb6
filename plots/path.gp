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
# condition, such as seed pairs: a thick line is the mean over them, thin lines are single ones, a
# band, where there are three or more, is Student's interval of that mean at 95 %, for every t by
# itself. Pairs that share ends are not independent and make this interval too narrow: the one to
# quote is that of the row `all` of mc-barrier. It is symmetric, and may reach below a loss of 0. Of
# one table with a per-example one beside it (mc-eval --per-example) the band is one standard error
# over examples. LABEL is the first file's name unless given. gnuplot hands over nine arguments at
# most, so --list FILE has one condition a line, tabs between: LABEL, FILE, FILE ..., whose names
# may have commas and colons. The y range of a panel is at least .1 (loss) and .05, so that noise on
# a flat path does not look like a barrier. What is drawn replaces the output when it is whole.
# Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = k < 10 ? value(sprintf("ARG%d", k)) : ARGV[k] }
usage = "usage: gnuplot -c path.gp OUT.svg|OUT.png [--title TEXT] [--metric COLUMN] [--list FILE] [FILE[,FILE...][:LABEL]...]"
named = "--metric"
load dir . "args.gp"
metric = value_of[1] eq "" ? "accuracy" : value_of[1]

# Every condition's blocks into $D, without their first lines, whose text may have quotes, which gnuplot
# reads in data; title[] and blocks: one per condition and task.
array title[1000]
blocks = 0
set print $D
do for [k = 1:conditions] {
    text = system("LC_ALL=C awk -v metric=" . quoted(metric) \
        . " -f " . quoted(place(dir . "student.awk")) . " -f " . quoted(place(dir . "path.awk")) . files[k])
    if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
    first = blocks + 1
    while (strlen(text) > 0) {
        block = before(text . "\n\n\n", "\n\n\n")
        text = behind(text, "\n\n\n")
        if (blocks > 0) { print ""; print "" }
        print behind(block, "\n")
        blocks = blocks + 1; title[blocks] = before(block[2:*], "\"\n")
    }
    if (blocks == first) {
        title[blocks] = label[k]
    } else { if (conditions > 1) {
        do for [b = first:blocks] { title[b] = label[k] . ", " . title[b] }
    } }
}
unset print

wide = 600; inner = 260; glyph = 14
entries = blocks > 1 ? blocks : 0
load dir . "layout.gp"
load dir . "style.gp"
array look[blocks]
do for [b = 1:blocks] { look[b] = sprintf("linespoints linetype %d", (b - 1) % 8 + 1) }
set xtics 0, .2, 1
set format x "%g"
set xlabel "position t on the path" offset 0, lift
set datafile separator "\t"
set datafile missing "NaN"
unset key
set multiplot layout 1, 2 margins .13, .975, 54. / high, top spacing .13
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

do for [panel = 1:2] {
    y = 3 * panel - 1
    least = panel == 1 ? .1 : .05 # of the y axis
    low = 1e300; top_y = -1e300
    array valid[blocks]
    array banded[blocks]
    array runs[blocks]
    do for [b = 1:blocks] { valid[b] = 0; banded[b] = 0; runs[b] = 0 }
    blank = 0
    do for [i = 1:|$D|] {
        line = $D[i]
        n = words(line)
        blank = strlen(line) == 0 ? blank + 1 : blank
        if (n >= 7) {
            b = 1 + blank / 2
            runs[b] = (n - 7) / 2
            valid[b] = valid[b] || word(line, y) ne "NaN"
            banded[b] = banded[b] || word(line, y + 1) ne "NaN"
            do for [k = 1:3 + runs[b]] {
                column = k <= 3 ? y + k - 1 : 2 * k + panel - 1
                v = word(line, column)
                if (v ne "NaN") { low = real(v) < low ? real(v) : low; top_y = real(v) > top_y ? real(v) : top_y }
            }
        }
    }
    have = low <= top_y
    if (!have) { low = 0; top_y = 1 }
    room = top_y - low < least ? (least - (top_y - low)) / 2 : .05 * (top_y - low)
    set xrange [0:1]
    set yrange [low - room : top_y + room]
    step = step_of(top_y - low + 2 * room, 6)
    set ytics step
    set format y tics_of(step)
    set ylabel panel == 1 ? "loss (nats per example)" : metric noenhanced offset panel == 1 ? .5 : 1, 0
    if (panel == 2) { unset label 1 }
    # Bands, then single runs, then means with markers on every few points and both ends of the path.
    if (have) {
        bands = ""; thin = ""; curves = ""
        do for [b = 1:blocks] {
            color = (b - 1) % 8 + 1
            from = sprintf("$D index %d using 1:", b - 1)
            if (banded[b]) {
                bands = bands . from . sprintf("%d:%d with filledcurves linecolor rgb ink[%d] notitle, ", y + 1, y + 2, color)
            }
            do for [k = 1:runs[b]] {
                thin = thin . from . sprintf( \
                    "%d with lines linetype %d linewidth .6 linecolor rgb '#70' . ink[%d][2:] notitle, ", \
                    2 * k + 5 + panel, color, color)
            }
            if (valid[b]) {
                curves = curves . from . sprintf("%d with %s pointinterval 5 notitle, ", y, look[b])
            }
        }
        eval "plot " . bands . thin . curves . "NaN notitle"
    } else {
        set label 2 "not defined" at graph .5, .5 center
        plot -1 notitle
    }
}
if (entries > 0) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
