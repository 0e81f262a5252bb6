# Training logs of mc-finetune (--log): loss, learning rate, accuracy on the dev set.
#
#   gnuplot -c plots/train.gp a.log.tsv a.svg
#   gnuplot -c plots/train.gp seeds.png --title "two seeds" a.log.tsv:"seed 1" b.log.tsv:"seed 2"
#   gnuplot -c plots/train.gp seeds.svg --list runs.tsv
#
# The argument that ends in .svg, .png or .pdf is the output; every other one is FILE[:LABEL]. --list FILE
# has one run a line: LABEL, tab, FILE. Faint dots are the loss of single batches, lines its mean
# over a window of a twentieth of the run, open marks the loss on the dev set after an epoch. A log
# of a run that still goes on is drawn as far as it is. The loss is said to be in nats where the
# logs have an accuracy on the dev set. What is drawn replaces the output when it is
# whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c train.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] [--list FILE] [FILE[:LABEL]...]"
named = ""
load dir . "args.gp"

array title[1000]
runs = 0; called = 0
set print $D
do for [k = 1:conditions] {
    text = system("LC_ALL=C awk -f " . quoted(place(dir . "train.awk")) . files[k])
    if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
    if (strlen(text) > 0) {
        if (runs > 0) { print ""; print "" }
        print text
        runs = runs + 1; title[runs] = label[k]; called = called || labelled[k]
    }
}
unset print
if (runs == 0) { print "train.gp: no step is logged yet"; exit status 1 }

# What there is of dev values, the highest learning rate, and the range of the smoothed loss.
array has_dev[runs]
array has_right[runs]
do for [k = 1:runs] { has_dev[k] = 0; has_right[k] = 0 }
blank = 0
dev = 0; accuracies = 0; rate = 0; last_step = 1; right_low = 1; right_high = 0; low = 1e300; high_y = -1e300
do for [i = 1:|$D|] {
    blank = words($D[i]) == 0 ? blank + 1 : blank
    if (words($D[i]) == 7) {
        v = real(word($D[i], 1)); last_step = v > last_step ? v : last_step
        v = real(word($D[i], 3)); low = v < low ? v : low; high_y = v > high_y ? v : high_y
        v = real(word($D[i], 4)); rate = v > rate ? v : rate
        if (word($D[i], 7) ne "NaN") {
            v = real(word($D[i], 7)); accuracies = accuracies + 1; has_right[1 + blank / 2] = 1
            right_low = v < right_low ? v : right_low; right_high = v > right_high ? v : right_high
        }
        if (word($D[i], 6) ne "NaN") {
            dev = dev + 1; has_dev[1 + blank / 2] = 1
            v = real(word($D[i], 6)); low = v < low ? v : low; high_y = v > high_y ? v : high_y
        }
    }
}

panels = accuracies > 0 ? 3 : 2
glyph = on(13, 10)
across = fit(panels, 200)
down = rows_of(across, panels)
wide = on(400. * panels, paper)
left = on(98., 56.); right = longer(8., .3 * glyph * strlen(sprintf("%d", last_step))) # half of the last tic
panel_wide = wide / across - left - right
panel = on(293, longer(140, .6 * panel_wide))
below = on(72, 4.2 * glyph)
gap = 2.6 * glyph
inner = down * panel + (down - 1) * gap + below
entries = runs > 1 || called ? runs : 0
array note[3]
array note_look[3]
note[1] = "loss of a batch"; note_look[1] = "points pointtype 7 pointsize .4 linecolor rgb ink[ink_of(1)]"
note[2] = "its mean over a twentieth of the run"; note_look[2] = "lines linetype 1"
note[3] = "on dev, after an epoch"; note_look[3] = "points pointtype 6 pointsize 1 linewidth 2 linecolor rgb ink[ink_of(1)]"
notes = dev > 0 ? 3 : 2
load dir . "layout.gp"
load dir . "style.gp"
set datafile separator "\t"
set datafile missing "NaN"
set xrange [0:last_step]
set xtics step_of(last_step, panel_wide < 220 ? 4 : 7)
array look[runs]
do for [k = 1:runs] { look[k] = sprintf("linespoints linetype %d", kind_of(k)) }
unset key
set multiplot layout down, across margins left / wide, 1 - right / wide, (foot + below) / high, top \
    spacing (left + right) / wide, gap / high
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

# Loss. The range follows the smoothed line; dots outside are cut.
room = .08 * (high_y - low) + 1e-6
set yrange [low - room : high_y + room]
# In nats where there is an accuracy: a log of a regression has none, but nor has one without --dev.
counted = 1
do for [k = 1:runs] { counted = counted && has_right[k] }
y_name = in_units("loss", counted ? "nats" : "", floor(panel / (.62 * glyph)))
eval beside_axis("y_name")
if (1 + across > panels) { eval under_axis("'step'") }
command = "plot for [k = 1:runs] $D index k - 1 using 1:2 with points pointtype 7 pointsize .2 " \
    . "linecolor rgb '#A0' . ink[ink_of(k)][2:] notitle, " \
    . "for [k = 1:runs] $D index k - 1 using 1:3 with lines linetype kind_of(k) notitle"
do for [k = 1:runs] {
    if (has_dev[k]) {
        command = command . sprintf(", $D index %d using 1:6 with points pointtype 6 pointsize 1 linewidth 2 " \
            . "linecolor rgb ink[%d] notitle", k - 1, ink_of(k))
    }
}
eval command
unset label 1

# Learning rate, in units of a power of ten.
power = rate > 0 ? floor(log10(rate)) : 0
set yrange [0 : rate > 0 ? 1.05 * rate / 10 ** power : 1]
y_name = sprintf("learning rate (1e%d)", power)
eval beside_axis("y_name")
if (2 + across > panels) { eval under_axis("'step'") }
plot for [k = 1:runs] $D index k - 1 using 1:($4 / 10 ** power) with lines linetype kind_of(k) notitle

if (accuracies > 0) {
    room = right_high - right_low < .05 ? .025 : .08 * (right_high - right_low)
    set yrange [right_low - room : right_high + room]
    eval beside_axis("'accuracy on dev'")
    eval under_axis("'step'")
    command = ""
    do for [k = 1:runs] {
        if (has_right[k]) {
            command = command . sprintf("%s $D index %d using 1:7 with linespoints linetype %d notitle", \
                command eq "" ? "plot" : ",", k - 1, kind_of(k))
        }
    }
    eval command
}
if (entries > 0) { load dir . "key.gp" }
load dir . "notes.gp"
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
