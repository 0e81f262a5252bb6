#!/usr/bin/env bats
# docs/results: tables that a line above them says to be of a TSV are what that TSV says.

setup() { T="$BATS_TEST_TMPDIR"; cd "$BATS_TEST_DIRNAME/../.."; }

@test "every table of a TSV is that TSV's" {
    grep -qE '^<!-- [^ ]*\.tsv' docs/results/*.md # there is one
    for f in docs/results/*.md; do
        awk -v folder=docs/results -f plots/tables.awk "$f" > "$T/now"
        diff "$f" "$T/now"
    done
}

@test "columns, formats, rows; a table that is not the TSV's shows" {
    printf 'a\tb\tc\nx\t0.1234\tnan\ny\t-0.00001\t2\nz\t12.5\t3\n' > "$T/t.tsv"
    printf 'text\n\n<!-- t.tsv a=x,y: a=name; b%%.3f=height; c -->\n| old |\n\nmore\n' > "$T/x.md"
    awk -v folder="$T" -f plots/tables.awk "$T/x.md" > "$T/y.md"
    printf 'text\n\n<!-- t.tsv a=x,y: a=name; b%%.3f=height; c -->\n| name | height | c |\n|---|---|---|\n| x | .123 | – |\n| y | .000 | 2 |\n\nmore\n' |
        diff - "$T/y.md"
    awk -v folder="$T" -f plots/tables.awk "$T/y.md" | cmp - "$T/y.md"
    # several conditions, what is empty, cells of several columns
    printf 'a\tm\tv\tlow\thigh\nx\t\t1\t0.5\t1.5\nx\ty\t-0.25\tnan\tnan\ny\tz\t2\t1\t3\nx\tw|w\tnan\tnan\tnan\n' > "$T/u.tsv"
    printf '<!-- u.tsv a=x m!=: a; m=less; {v%%.2f} [{low%%.1f}, {high%%.1f}]=difference -->\n' > "$T/u.md"
    printf '| a | less | difference |\n|---|---|---|\n| x | y | -.25 [–, –] |\n| x | w\\|w | – |\n' > "$T/want"
    awk -v folder="$T" -f plots/tables.awk "$T/u.md" | tail -n +2 | diff "$T/want" -
    printf '<!-- u.tsv m=: a; v -->\n<!-- u.tsv a!=x,w: a; v%%.1f=V -->\n' > "$T/u.md"
    printf '| a | v |\n|---|---|\n| x | 1 |\n| a | V |\n|---|---|\n| y | 2.0 |\n' > "$T/want"
    awk -v folder="$T" -f plots/tables.awk "$T/u.md" | grep '^|' | diff "$T/want" -
    for wrong in 's/t.tsv/none.tsv/' 's/; c /; d /' 's/a=x,y/a=w/' 's/a=x,y/d=x/'; do
        sed "$wrong" "$T/y.md" > "$T/z.md"
        run awk -v folder="$T" -f plots/tables.awk "$T/z.md"
        [ "$status" -ne 0 ]
    done
}

@test "every column of the tables of the three questions has a meaning, which reports print" {
    local f unknown
    [ "$(cut -f 1 plots/columns.tsv | sort | uniq -d)" = "" ]
    [ "$(awk -F '\t' 'NF != 3 || $3 == ""' plots/columns.tsv)" = "" ]
    for f in $(find docs/results/q? -name '*.tsv'); do
        unknown=$(head -n 1 "$f" | tr '\t' '\n' | grep -vxFf <(cut -f 1 plots/columns.tsv) || true)
        [ "$unknown" = "" ] || { echo "$f: $unknown"; return 1; }
    done
}

@test "README.md: what a run costs is of the measured rates, the sample of a table the tutorial's" {
    local cost='awk -f tests/bench/cost.awk'
    $cost docs/results/speed.tsv docs/results/models.tsv > "$T/cost"
    [ "$(wc -l < "$T/cost")" -eq 5 ]
    sed -n '/^## What a run costs/,/^## Programs/p' README.md | grep '^|' | diff "$T/cost" -
    grep -v '^training f32	' docs/results/speed.tsv > "$T/speed.tsv"
    run $cost "$T/speed.tsv" docs/results/models.tsv
    [ "$status" -ne 0 ]
    [[ "$output" == *"no measure training f32"* ]]
    sed -n '/^\$ mc-barrier/,/^```/p' README.md | grep '^[a-z]' > "$T/sample"
    [ "$(wc -l < "$T/sample")" -eq 2 ]
    [ "$(grep -cxFf "$T/sample" docs/tutorial.md)" -eq 2 ]
}

@test "README.md and docs: links lead to files and headings that are there" {
    local f link at heading
    for f in README.md docs/*.md; do
        for link in $(grep -oE '\]\([^)]+\)' "$f" | sed 's/^](//; s/)$//' | grep -v '^http'); do
            at=${link%%#*}
            at=$(dirname "$f")/${at:-$(basename "$f")}
            [ -e "$at" ] || { echo "$f: $link"; return 1; }
            [[ "$link" == *"#"* ]] || continue
            heading=$(grep '^#' "$at" | sed 's/^#* //' | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-')
            grep -qx "${link#*#}" <<< "$heading" || { echo "$f: $link"; return 1; }
        done
    done
}
