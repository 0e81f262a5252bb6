#!/usr/bin/env bats
# The report: a page from sentences, tables and figures; what make report finds in a folder.
load common

setup() {
    T="$BATS_TEST_TMPDIR"
    bin=$(cd "$B" && pwd)
    report=(awk -f plots/report.awk)
}
# page: every element of the page is closed, nothing is fetched from elsewhere
page() {
    python3 - "$1" <<'P'
import html.parser, sys
class Page(html.parser.HTMLParser):
    open, seen = [], 0
    def handle_starttag(self, tag, attrs):
        assert not (tag in ("link", "img", "iframe", "object") or (tag == "script" and attrs)), (tag, attrs)
        for k, v in attrs:
            assert not (k in ("src", "href") and v and not v.startswith("#")), (tag, k, v)
        if tag not in ("meta", "path", "circle", "use", "rect", "br"):
            self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        pass
    def handle_endtag(self, tag):
        if tag in ("meta", "path", "circle", "use", "rect", "br"):
            return
        assert self.open and self.open[-1] == tag, (tag, self.open[-5:], self.getpos())
        self.open.pop()
        self.seen += 1
p = Page()
p.feed(open(sys.argv[1], encoding="utf-8").read())
assert not p.open and p.seen > 20, p.open
P
}

@test "sentences in front, tables, figures, commands, meanings; text from outside is text" {
    printf 'task\tverdict\tpath\tnotes\tepsilon\tother\nx<i>\tundecided\tout/path-1-2.tsv\tchance_0,uneven\t0.02\tnan\n' > "$T/barrier.tsv"
    printf '$(RUN) $(TOOL)/mc-barrier --x "<b>" -o '"'"'$@'"'"' <- out/each.tsv 12 3.4\n' > "$T/.barrier.tsv.stamp"
    echo 'Of <this> & that.' > "$T/notes.txt"
    printf '1 of 2 <script> is "connected".\n' > "$T/a.said"
    printf 'kernels: <fast>\n' > "$T/a.about"
    { echo '<?xml version="1.0"?>'; echo '<svg xmlns="http://www.w3.org/2000/svg">'; echo '</svg>'; } > "$T/a.svg"
    "${report[@]}" 'A & B' "$T/notes.txt" plots/columns.tsv "$T/barrier.tsv:a <table>" "$T/a.svg:a figure" "$T/a.about:Programs" "$T/a.said:What was found" > "$T/r.html"
    page "$T/r.html"
    for w in 'A &amp; B' 'Of &lt;this&gt; &amp; that.' '1 of 2 &lt;script&gt; is &quot;connected&quot;.' 'x&lt;i&gt;' 'a &lt;table&gt;' '<td>1-2</td>' \
        '<td class="n" data-v="0.02">0.02</td>' '<td class="n">–</td>' 'chance_0,uneven' '<svg' "mc-barrier --x &quot;&lt;b&gt;&quot; -o '$T/barrier.tsv'</pre>" \
        '<dt>kernels</dt><dd>&lt;fast&gt;</dd>' '<dt>verdict</dt>' 'name="viewport"' 'prefers-color-scheme: dark' '</html>'; do
        grep -qF -- "$w" "$T/r.html" || { echo "no $w"; return 1; }
    done
    grep -q '<?xml\|each.tsv' "$T/r.html" && return 1
    # what was found comes before what was done, and a verdict before what has no place of its own
    [ "$(grep -nF 'What was found' "$T/r.html" | cut -d : -f 1)" -lt "$(grep -nF 'Of &lt;this' "$T/r.html" | cut -d : -f 1)" ]
    [ "$(grep -o '<button type="button">[a-z]*' "$T/r.html" | sed 's/.*>//' | tr '\n' ' ')" = "path verdict task notes epsilon other " ]
}

@test "commands of another folder of plots and pipelines name it; heights of a metric other than the loss say which" {
    printf 'metric\tbarrier_lin\tc1\tc2\tc3\tc4\tc5\tc6\tc7\tc8\tc9\n' > "$T/m.tsv"
    for k in 1 2 3; do printf 'accuracy\t.%d\t1\t2\t3\t4\t5\t6\t7\t8\t9\n' $k; done >> "$T/m.tsv"
    echo 'awk -f pipelines/row.awk a | gnuplot -c plots/path.gp x <- b' > "$T/.m.tsv.stamp"
    echo > "$T/notes.txt"
    "${report[@]}" A "$T/notes.txt" plots/columns.tsv "$T/m.tsv:m" > "$T/r.html"
    grep -qF '<pre>awk -f pipelines/row.awk a | gnuplot -c plots/path.gp x</pre>' "$T/r.html"
    [[ "$(grep -m 1 "<th scope" "$T/r.html")" == *'>metric<'* ]]
    awk -v home=/usr/share/mctools/ -f plots/report.awk A "$T/notes.txt" plots/columns.tsv "$T/m.tsv:m" > "$T/r.html"
    grep -qF '<pre>awk -f /usr/share/mctools/pipelines/row.awk a | gnuplot -c /usr/share/mctools/plots/path.gp x</pre>' "$T/r.html"
}

@test "a wide table shows what it is about, and all of it when asked" {
    seq -f 'c%g' 1 20 | paste -s > "$T/wide.tsv"
    sed -i 's/c7/verdict/; s/c13/path/; s/c20/ci_low/' "$T/wide.tsv"
    seq 1 20 | paste -s >> "$T/wide.tsv"
    echo > "$T/notes.txt"
    "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/wide.tsv:wide" > "$T/r.html"
    page "$T/r.html"
    [ "$(grep -c '<table>' "$T/r.html")" -eq 2 ]
    [ "$(sed '/<details/,$d' "$T/r.html" | grep -o '<button type="button">[a-z_0-9]*' | sed 's/.*>//' | tr '\n' ' ')" = "path verdict ci_low " ]
    grep -qF 'all 20 columns' "$T/r.html"
    [ "$(grep -o '<button type="button">[a-z_0-9]*' "$T/r.html" | wc -l)" -eq 23 ]
    # one whose columns nobody knows shows the first
    sed -i '1s/verdict/c7/; 1s/path/c13/; 1s/ci_low/c20/' "$T/wide.tsv"
    "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/wide.tsv:wide" > "$T/r.html"
    [ "$(grep -o '<button type="button">[a-z_0-9]*' "$T/r.html" | wc -l)" -eq 30 ]
}

@test "a table is no wider than its page: what is the same in every row, and what has no room, can be opened" {
    echo > "$T/notes.txt"
    shown() {
        "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/t.tsv:t" > "$T/r.html"
        sed '/<details/,$d' "$T/r.html" | grep -o '<button type="button">[a-z_0-9]*' | sed 's/.*>//' | tr '\n' ' '
    }
    local wide="$(printf 'x%.0s' $(seq 60))" k
    { # more than ten columns, of which one says the same of all paths
        printf 'condition\tkind\tverdict\ttask\txfit\tci_low\tci_high\tloss_0\tloss_1\tloss_max\tepsilon\n'
        for k in 1 2 3; do printf 'a%s\tline\tbarrier\tsst2\t.%s\t.1\t.2\t.3\t.4\t.%s\t.02\n' $k $k $k; done
    } > "$T/t.tsv"
    [ "$(shown)" = "condition verdict xfit loss_max " ]
    { # nine columns of sixty letters have no room
        printf 'condition\tpath\tkind\ttask\tstep\tsegment\tverdict\tgroup\tnotes\n'
        for k in 1 2 3; do printf "$k$wide\t$k$wide\t$k$wide\t$k$wide\t$k$wide\t$k$wide\t$k$wide\t$k$wide\t$k$wide\n"; done
    } > "$T/t.tsv"
    [ "$(shown)" = "condition path " ]
    grep -qF 'all 9 columns' "$T/r.html"
}

@test "commands are what the shell gets: no variable, dollar or target of make; a model's stream says what it is of" {
    printf 'verdict\nbarrier\n' > "$T/b.tsv"
    echo > "$T/notes.txt"
    printf '%s\n' "awk '\$\$1 == 2' < in | \$(RUN) \$(TOOL)/mc-x --n \"\$\$(wc -l < in)\" > '\$@.part' && mv '\$@.part' '\$@' <- in 12 3.4" > "$T/.b.tsv.stamp"
    "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/b.tsv:b" > "$T/r.html"
    grep -qF "<pre>awk '\$1 == 2' &lt; in | mc-x --n &quot;\$(wc -l &lt; in)&quot; &gt; '$T/b.tsv.part' &amp;&amp; mv '$T/b.tsv.part' '$T/b.tsv'</pre>" "$T/r.html"
    printf 'model\tdigest\tprovenance\tmade by\n%s\t0a\tmc-finetune 0.1.0 lr=1; then <b>\t%s\n' "$T/m&m.st.gz" \
        "printf '%s\\n' \$(LOG_NAME) > 'seed.dev'; \$(TOOL)/mc-finetune --dev '\$(LOG_SET)' -o '\$@' < a" > "$T/m.tsv"
    "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/m.tsv:m" > "$T/r.html"
    sed -i 's/m&m.st.gz/m\&m.st.gz, 2/' "$T/m.tsv"
    "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/m.tsv:m" > "$T/r2.html"
    grep -qF "<td>m&amp;m.st.gz, 2</td>" "$T/r2.html"
    grep -qF "mc-finetune -o '$T/m&amp;m.st.gz' &lt; a</td>" "$T/r2.html"
    grep -qF "<td>m&amp;m.st.gz</td><td>0a</td><td class=\"long\">mc-finetune 0.1.0 lr=1; then &lt;b&gt;</td><td class=\"long\">mc-finetune -o '$T/m&amp;m.st.gz' &lt; a</td>" "$T/r.html"
}

@test "of many sentences those on verdicts stand in front, the rest can be opened" {
    mkdir -p "$T/many/q1"
    printf 'condition\tpairs\tconnected\tundecided\tbarrier\tbarrier_lin\txfit\tci_low\tci_high\tverdict\ttest_height\tl2\tlength\tmarked\n' > "$T/many/q1/q1.tsv"
    for k in 1 2 3 4 5 6 7 8; do printf "k$k\t3\t3\t0\t0\t0\t0\t0\t.01\tconnected\tnan\t1\t1\t0\n"; done >> "$T/many/q1/q1.tsv"
    printf 'few\t2\t0\t2\t0\t.03\t.03\tnan\tnan\tundecided\tnan\t1\t1\t0\n' >> "$T/many/q1/q1.tsv"
    bash pipelines/report.sh "$bin" "$T/many"
    page "$T/many/report.html"
    [ "$(sed '/class="more"/,$d' "$T/many/report.html" | grep -c '<li>')" -eq 2 ]
    grep -q '<li>Connected .*, 8 of 9: k1, k2, k3, k4, k5, k6, k7, k8.</li>' "$T/many/report.html"
    [ "$(sed '1,/class="more"/d' "$T/many/report.html" | grep -c '<li>')" -eq 9 ]
    # of other sentences, more than eight, the first six
    mkdir -p "$T/paths"
    { printf 'task\tpath\tverdict\tbarrier_lin\tci_low\tci_high\tepsilon\tconfidence\tnotes\tmetric\tgroup\n'
        for k in 1 2 3 4 5 6 7 8 9; do printf "t\tpath-$k-1.tsv\tconnected\t0\t0\t.01\t.02\t.95\t\tloss\t\n"; done; } > "$T/paths/barrier.tsv"
    bash pipelines/report.sh "$bin" "$T/paths"
    page "$T/paths/report.html"
    [ "$(sed '/class="more"/,$d' "$T/paths/report.html" | grep -c '<li>Path ')" -eq 6 ]
    [ "$(grep -c '<li>Path ' "$T/paths/report.html")" -eq 9 ]
    grep -q '<li>few: .*; mean height 0.03 (too few ends for an interval): undecided' "$T/many/report.html"
}

@test "a part that is missing, a folder, or none of a report" {
    echo > "$T/notes.txt"
    mkdir "$T/dir.tsv"
    run "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$T/dir.tsv:x" # awks differ in what they say
    [ "$status" -ne 0 ]
    for w in "$T/no.tsv:x" "$T/no.svg:x" "$T/no.said:x"; do
        run "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$w"
        [ "$status" -eq 1 ]
        [[ "$output" == *"cannot read"* ]]
    done
    for w in "$T/notes.txt:x" "$T/notes.txt" ":x"; do
        run "${report[@]}" T "$T/notes.txt" plots/columns.tsv "$w"
        [ "$status" -eq 1 ]
        [[ "$output" == *"no part of a report"* ]]
    done
    run "${report[@]}" T "$T/no.txt" plots/columns.tsv
    [ "$status" -eq 1 ]
}

@test "make path ends in a report; make report makes it anew; an empty folder has none" {
    fixture
    "$B/mc-export" "$T/hf" -t "$F/lang" < "$F/base.st.gz"
    "$B/mc-synth" --task sentiment --split train -n 64 > "$T/train.tsv"
    make -s run-path TOOL="$bin" MODEL="$T/hf" TRAIN="$T/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 RECIPE='--steps 2' > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    page "$T/out/report.html"
    for w in 'Path 1-2, dev: the ends' 'less than\|more than\|not told' "$(digests "$T/out/seed-1.st.gz")" 'mc-finetune --train' '<dt>kernels</dt>' '<svg' 'seed-order 2'; do
        grep -q -- "$w" "$T/out/report.html" || { echo "no $w"; return 1; }
    done
    cp "$T/out/report.html" "$T/old.html"
    make -s run-report TOOL="$bin" OUT="$T/out" > "$T/said"
    cmp "$T/old.html" "$T/out/report.html"
    grep -q "the report: $T/out/report.html" "$T/said"
    mkdir "$T/empty"
    run make -s run-report TOOL="$bin" OUT="$T/empty"
    [ "$status" -ne 0 ]
    [[ "$output" == *"$T/empty: nothing of make path"* ]]
    [ -z "$(ls -A "$T/empty")" ]
    for w in "OUT=$T/none" "" "OUT=$T/out POINTS=3"; do
        run make -s run-report TOOL="$bin" $w
        [ "$status" -ne 0 ] || { echo "$w"; return 1; }
    done
}

@test "question 3: what its tables say in sentences, its figures and tables; tables that are not there" {
    local q="$T/out/q3" over='experiment\tover\tcondition\tminus\ttask\tmean\tci_low\tci_high\tp\tp_holm\tconfidence\n' w
    fixture
    mkdir -p "$q"
    printf 'set\texamples\tleft_out\nsource\t100\t7\ntarget\t90\t0\n' > "$q/sets.tsv"
    { printf 'condition\tseed\tfrom\tto\ttask\tn\tforgotten\tp_value\n'
        printf '%s\t%s\ta\tb\tsource\t100\t12\t%s\n' line 1 .01 line 2 .2 line 3 .04 control 1 nan; } > "$q/pairs.tsv"
    { printf "$over"
        printf 'paths\t%s\t%s\t%s\tsource\t%s\t%s\t%s\t%s\t%s\t.95\n' forgotten_share line '' .123 .1 .146 nan nan forgotten_share control '' .02 nan nan nan nan \
            forgotten_share line control .103 .09 .116 .001 .002 cliffs_delta line '' .3 .1 .5 nan nan cliffs_delta control '' -.3 -.5 -.1 nan nan \
            confidence_slope line '' .2 -.1 .5 nan nan cliffs_delta line control .6 -.2 1.4 .2 .4; } > "$q/over.tsv"
    printf 'task\tgroup\tpath\txfit\tbarrier_lin\tci_low\tci_high\tverdict\tcondition\nd<1>\t\tall\t-.01\t.02\t0\t.01\tconnected\tline\nd<1>\t\tp\t9\t9\t9\t9\tbarrier\tline\n' > "$q/barrier.tsv"
    printf 'condition\tseed\tadded\nadded-hard\t1\t12\nadded-hard\t2\t15\n' > "$q/added.tsv"
    { printf "$over"
        printf 'added\t%s\tadded-hard\t%s\t%s\t%s\t%s\t%s\t.01\t%s\t.95\n' common_share '' source .03 .02 .04 nan forgotten_share '' source .05 .04 .06 nan forgotten_share line source -.07 -.09 -.05 .003 \
            accuracy target x .02 .01 .03 .004 accuracy target y .01 -.01 .03 .4; } > "$q/added-over.tsv"
    printf 'mc-knowledge --of <x>\n' > "$q/.pairs.tsv.stamp"
    { echo '<?xml version="1.0"?>'; echo '<svg xmlns="http://www.w3.org/2000/svg">'; echo '</svg>'; } | tee "$q/ledger-line-source.svg" "$q/ledger-control-source.svg" > "$q/map.svg"
    cp "$F/a.st.gz" "$q/source-1.st.gz"
    make -s run-report TOOL="$bin" OUT="$T/out"
    page "$T/out/report.html"
    for w in 'On the line from source to target 12.3 % [10, 14.6] of the 100 training examples of the source are forgotten' \
        'On the control, the line between two seeds of the source, 2 % are: the line'"'"'s share is 10.3 points higher [9, 11.6] than the control'"'"'s, p 0.002' \
        'in 2 of 3 pairs (p &lt; .05' 'delta is 0.3 [0.1, 0.5] over pairs. On the control delta is -0.3 [-0.5, -0.1]: no difference from the control'"'"'s is shown (+0.6 [-0.2, 1.4], p 0.4)' \
        'Whether what was hard goes first on the line is not told: the confidence in training of what a segment forgets rises by 0.2 [-0.1, 0.5]' \
        'Heights of the loss on sets that nothing was trained on, line: d&lt;1&gt; 0 [0, 0.01] (connected).' \
        'With the hardest examples added (12, 15 by seed), 3 % [2, 4] of the examples that no kind added are forgotten; of all of the source, the added counted, 5 % [4, 6], 7 points fewer [5, 9] than the line without them, p 0.003; accuracy on x: 2 points higher [1, 3] than without them, p 0.004.<' \
        'Left out of training, as they stand in sets that are scored or in the source'"'"'s: 7 rows of the source.' \
        'mc-knowledge --of &lt;x&gt;' 'been of it in training</figcaption>' "$(digests "$q/source-1.st.gz")" 'rows that stand in sets which are scored'; do
        grep -qF -- "$w" "$T/out/report.html" || { echo "no $w"; return 1; }
    done
    # the line's figure, then the control's
    [ "$(grep -n 'been of it in training</figcaption>' "$T/out/report.html" | head -n 1 | cut -d : -f 1)" -lt "$(grep -n 'two seeds of the source: the source.*</figcaption>' "$T/out/report.html" | head -n 1 | cut -d : -f 1)" ]
    # nothing was added where labels differ
    rm "$q/added.tsv" "$q/added-over.tsv"
    make -s run-report TOOL="$bin" OUT="$T/out"
    grep -q 'hardest' "$T/out/report.html" && return 1
    grep -qF 'trained on, line: ' "$T/out/report.html"
}
