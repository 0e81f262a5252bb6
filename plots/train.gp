# Training logs of mc-finetune (--log): loss, learning rate, accuracy on the dev set.
#
#   gnuplot -c plots/train.gp a.log.tsv a.svg
#   gnuplot -c plots/train.gp seeds.png --title "two seeds" a.log.tsv:"seed 1" b.log.tsv:"seed 2"
#   gnuplot -c plots/train.gp seeds.svg --list runs.tsv
#
# The argument that ends in .svg or .png is the output; every other one is FILE[:LABEL]. --list FILE
# has one run a line: LABEL, tab, FILE. Faint dots are the loss of single batches, lines its mean
# over a window of a twentieth of the run, open marks the loss on the dev set after an epoch. A log
# of a run that still goes on is drawn as far as it is. What is drawn replaces the output when it is
# whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = k < 10 ? value(sprintf("ARG%d", k)) : ARGV[k] }
usage = "usage: gnuplot -c train.gp OUT.svg|OUT.png [--title TEXT] [--list FILE] [FILE[:LABEL]...]"
named = ""
load dir . "args.gp"

array title[1000]
runs = 0
set print $D
do for [k = 1:conditions] {
    text = system("LC_ALL=C awk -f " . quoted(place(dir . "train.awk")) . files[k])
    if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
    if (strlen(text) > 0) {
        if (runs > 0) { print ""; print "" }
        print text
        runs = runs + 1; title[runs] = label[k]
    }
}
unset print
if (runs == 0) { print "train.gp: no step is logged yet"; exit status 1 }

# What there is of dev values, the highest learning rate, and the range of the smoothed loss.
array has_dev[runs]
do for [k = 1:runs] { has_dev[k] = 0 }
blank = 0
dev = 0; rate = 0; right_low = 1; right_high = 0; low = 1e300; high_y = -1e300
do for [i = 1:|$D|] {
    blank = words($D[i]) == 0 ? blank + 1 : blank
    if (words($D[i]) == 7) {
        v = real(word($D[i], 3)); low = v < low ? v : low; high_y = v > high_y ? v : high_y
        v = real(word($D[i], 4)); rate = v > rate ? v : rate
        if (word($D[i], 7) ne "NaN") {
            v = real(word($D[i], 7)); dev = dev + 1; has_dev[1 + blank / 2] = 1
            right_low = v < right_low ? v : right_low; right_high = v > right_high ? v : right_high
        }
        if (word($D[i], 6) ne "NaN") {
            v = real(word($D[i], 6)); low = v < low ? v : low; high_y = v > high_y ? v : high_y
        }
    }
}

panels = dev > 0 ? 3 : 2
wide = 400 * panels; inner = 365; glyph = 13
entries = runs > 1 ? runs : 0
load dir . "layout.gp"
load dir . "style.gp"
set datafile separator "\t"
set datafile missing "NaN"
set xlabel "step" offset 0, lift
set xrange [0:*]
set xtics autofreq
array look[runs]
do for [k = 1:runs] { look[k] = sprintf("linespoints linetype %d", (k - 1) % 8 + 1) }
unset key
set multiplot layout 1, panels margins .25 / panels, .98, 72. / high, top spacing .24 / panels
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

# Loss. The range follows the smoothed line; dots outside are cut.
room = .08 * (high_y - low) + 1e-6
set yrange [low - room : high_y + room]
set ylabel "loss (nats per example)"
if (dev > 0) { set label 2 "{/=16 ○} on dev, after an epoch" at graph .98, .95 right }
command = "plot for [k = 1:runs] $D index k - 1 using 1:2 with points pointtype 7 pointsize .2 " \
    . "linecolor rgb '#A0' . ink[(k - 1) % 8 + 1][2:] notitle, " \
    . "for [k = 1:runs] $D index k - 1 using 1:3 with lines linetype (k - 1) % 8 + 1 notitle"
do for [k = 1:runs] {
    if (has_dev[k]) {
        command = command . sprintf(", $D index %d using 1:6 with points pointtype 6 pointsize 1.3 linewidth 2.5 " \
            . "linecolor rgb ink[%d] notitle", k - 1, (k - 1) % 8 + 1)
    }
}
eval command
unset label

# Learning rate, in units of a power of ten.
power = rate > 0 ? floor(log10(rate)) : 0
set yrange [0 : rate > 0 ? 1.05 * rate / 10 ** power : 1]
set ylabel sprintf("learning rate (10^{%d})", power)
plot for [k = 1:runs] $D index k - 1 using 1:($4 / 10 ** power) with lines linetype (k - 1) % 8 + 1 notitle

if (dev > 0) {
    room = right_high - right_low < .05 ? .025 : .08 * (right_high - right_low)
    set yrange [right_low - room : right_high + room]
    set ylabel "accuracy on dev"
    command = ""
    do for [k = 1:runs] {
        if (has_dev[k]) {
            command = command . sprintf("%s $D index %d using 1:7 with linespoints linetype %d notitle", \
                command eq "" ? "plot" : ",", k - 1, (k - 1) % 8 + 1)
        }
    }
    eval command
}
if (runs > 1) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
