#!/usr/bin/env bats
# mc-interp beyond the line: chains, slerp, planes, random directions, curves of control documents, groups that move alone.
load common

setup_file() {
    fixture
    for s in 3 4; do "$B/mc-init" "$F/config.json" -t "$F/lang" --labels negative,positive --seed-init $s -o "$F/m$s.st.gz"; done
    curve 4 bezier "$F/a.st.gz" "$F/m3.st.gz" "$F/m4.st.gz" "$F/b.st.gz" > "$F/curve.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-interp"; }

# The documents of a curve: models with the roles and places that mc-curve writes. COUNT is what they say, not what they are.
curve() { # curve COUNT KIND FILE...
    local count=$1 kind=$2 i=0 role
    shift 2
    for f; do
        role=control
        [ $i -gt 0 ] && [ $i -lt $((count - 1)) ] || role=endpoint
        document "$f" $role "{\"kind\":\"$kind\",\"index\":$i,\"count\":$count,\"from\":\"aa\",\"to\":\"bb\"}"
        i=$((i + 1))
    done
}
# A model as a document of another role and place.
document() { # document FILE ROLE MC.CURVE
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
h["__metadata__"].update({"mc.role": sys.argv[1], "mc.curve": sys.argv[2]})
j = json.dumps(h).encode()
j += b" " * (-len(j) % 8)
sys.stdout.buffer.write(struct.pack("<Q", len(j)) + j + b[8 + n:])' "$2" "$3" > "$BATS_FILE_TMPDIR/plain"
    "$B/mc-pick" 0 < "$BATS_FILE_TMPDIR/plain"
}
# A member of mc.curve of every document, a line each.
places() { # places FILE KEY
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b, i = sys.stdin.buffer.read(), 0
while i < len(b):
    n, = struct.unpack("<Q", b[i:i + 8])
    h = json.loads(b[i + 8:i + 8 + n])
    print(json.loads(h.pop("__metadata__")["mc.curve"]).get(sys.argv[1], "absent"))
    i += 8 + n + max(t["data_offsets"][1] for t in h.values())' "$2"
}

@test "chain: every vertex a copy, through files, a pipe and both alike, for any number of threads" {
    local m=("$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz" "$F/m4.st.gz")
    "$I" --kind chain -n 7 --level 0 "${m[@]}" > "$T/p"
    [ "$(digests "$T/p" | awk 'NR % 2 == 1')" = "$(digests "${m[@]}")" ]
    [ "$(digests "$T/p" | sort -u | wc -l)" -eq 7 ]
    [ "$("$B/mc-info" --tsv "$T/p" | cut -f 8 | sed -n '2p;5p;8p' | tr '\n' ' ')" = "0 0.5 1 " ]
    cat "${m[@]}" | "$I" --kind chain -n 7 | cmp - "$T/p"
    "$I" --kind chain -n 7 - "${m[@]:1}" < "${m[0]}" | cmp - "$T/p"
    for n in 1 3; do "$I" --kind chain --threads $n -n 7 --level 0 "${m[@]}" | cmp - "$T/p"; done
    [[ "$(meta "$T/p" mc.curve)" == '{"kind":"chain","index":0,"count":7,"from":"'"$(digests "${m[0]}")"'","to":"'"$(digests "${m[3]}")"'","s":0}' ]]
    [[ "$(meta "$T/p" mc.provenance)" == *" kind=chain space=factor n=7 from=0 to=1 head=mix inputs=$(digests "${m[@]}" | paste -sd ,)"* ]]
    # its length is that of its segments
    near "$(places "$T/p" s | tail -n 1)" "$("$B/mc-dist" "${m[@]}" | awk '$3 == "all" && $2 == $1 + 1 { s += $5 } END { printf "%.9g", s }')" 1e-6
    # backwards, and points out of order, are the same points
    "$I" --kind chain --at 1,0.5,0 "${m[@]}" > "$T/q"
    [ "$(digests "$T/q")" = "$(digests "$T/p" | sed -n '1p;4p;7p' | tac)" ]
}

@test "chain: of the ends of a line, and of a line's points, it is the line" {
    "$I" -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "$I" --kind chain -n 5 "$T/p" > "$T/q"
    [ "$(digests "$T/q" | awk 'NR % 2 == 1')" = "$(digests "$T/p")" ]
    "$I" -n 5 "$F/a.st.gz" "$F/b.st.gz" > "$T/line"
    "$B/mc-dist" "$T/q" "$T/line" | awk '$1 < 5 && $2 == $1 + 5 && $3 == "all" && $5 > 1e-6 { print; bad = 1 } END { exit bad }'
    diff <(places "$T/q" s | awk '{ printf "%.6g\n", $1 }') <(places "$T/line" s | awk '{ printf "%.6g\n", $1 }')
}

@test "slerp: the ends are the ends; norms in between are nearer to theirs than the line's" {
    "$I" --kind slerp -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$F/a.st.gz")" ]
    [ "$(digests "$T/p" | sed -n 3p)" = "$(digests "$F/b.st.gz")" ]
    norm() { "$B/mc-pick" "$1" < "$2" | gzip -dc | python3 -c '
import array, json, math, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
t = json.loads(b[8:8 + n])["bert.encoder.layer.0.intermediate.dense.weight"]["data_offsets"]
print(math.sqrt(math.fsum(x * x for x in array.array("f", b[8 + n + t[0]:8 + n + t[1]]))))'; }
    "$I" -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/line"
    # random and so nearly at right angles: half-way it is as long as its ends, the line shorter by a root of two
    near "$(norm 1 "$T/p")" "$(norm 0 "$T/p")" .05
    near "$(norm 1 "$T/line")" "$(norm 0 "$T/p" | awk '{ print $1 / sqrt(2) }')" .1
    "$I" --kind slerp -n 3 "$F/a.st.gz" "$F/a.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sort -u)" = "$(digests "$F/a.st.gz")" ]
}

@test "plane: its three models where they stand, y in the outer loop, models projected" {
    local m=("$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz")
    "$I" --kind plane "${m[@]}" > "$T/p"
    [ "$(digests "$T/p" | wc -l)" -eq 225 ]
    [ "$(places "$T/p" x | sed -n '1p;15p;16p' | tr '\n' ' ')" = "-0.2 1.2 -0.2 " ]
    [ "$(places "$T/p" y | sed -n '1p;15p;225p' | tr '\n' ' ')" = "-0.2 -0.2 1.2 " ]
    [ "$(places "$T/p" s | sort -u)" = absent ]
    [ "$(meta "$T/p" mc.t)" = absent ]
    "$I" --kind plane --from 0 --to 1 -n 2 --level 0 --project "$T/feet" "${m[@]}" "$F/m4.st.gz" "$F/a.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$F/a.st.gz")" ]
    [ "$(digests "$T/p" | sed -n 2p)" = "$(digests "$F/b.st.gz")" ]
    [ "$(places "$T/p" from | sort -u)" = "$(digests "$F/a.st.gz")" ]
    [ "$(places "$T/p" to | sort -u)" = "$(digests "$F/b.st.gz")" ]
    [[ "$(meta "$T/p" mc.provenance)" == *" kind=plane space=factor n=2 from=0 to=1 head=mix inputs=$(digests "${m[@]}" | paste -sd ,)"* ]]
    ! gzip -dc "$T/p" | grep -aq feet || return 1
    [ "$(head -n 1 "$T/feet")" = "$(printf 'model\tx\ty\tdistance\tunit_x\tunit_y')" ]
    [ "$(cut -f 1 "$T/feet" | tr '\n' ' ')" = "model 0 1 2 3 4 " ]
    [ "$(cut -f 1-4 "$T/feet" | sed -n '2p;3p')" = "$(printf '0\t0\t0\t0\n1\t1\t0\t0')" ]
    [ "$(cut -f 3,4 "$T/feet" | sed -n 4p)" = "$(printf '1\t0')" ]
    awk 'NR == 6 && ($2 * $2 > 1e-20 || $3 * $3 > 1e-20 || $4 > 1e-6) { exit 1 }' "$T/feet" # the first model again
    # Pythagoras: from the first model to its foot and up
    "$B/mc-dist" "$F/a.st.gz" "$F/m4.st.gz" | awk '$3 == "all" { printf "%.9g", $5 }' > "$T/d"
    near "$(awk 'NR == 5 { printf "%.9g", sqrt(($2 * $5)^2 + ($3 * $6)^2 + $4^2) }' "$T/feet")" "$(cat "$T/d")" 1e-6
    near "$(awk 'NR == 2 { print $5 }' "$T/feet")" "$("$B/mc-dist" "$F/a.st.gz" "$F/b.st.gz" | awk '$3 == "all" { print $5 }')" 1e-6
    # read again or held: the same
    cat "${m[@]}" "$F/m4.st.gz" "$F/a.st.gz" | "$I" --kind plane --from 0 --to 1 -n 2 --project "$T/feet2" | cmp - "$T/p"
    cmp "$T/feet" "$T/feet2"
}

@test "plane: a point of it is projected to where it is" {
    local m=("$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz")
    "$I" --kind plane --from -1 --to 2 -n 2 "${m[@]}" > "$T/p"
    "$I" --kind plane -n 2 --project "$T/feet" "${m[@]}" "$T/p" > "$T/q"
    [ "$(sed 1,4d "$T/feet" | awk '{ printf "%.6f %.6f;", $2, $3 }')" = "-1.000000 -1.000000;2.000000 -1.000000;-1.000000 2.000000;2.000000 2.000000;" ]
    sed 1,4d "$T/feet" | awk '$4 > 1e-5 { exit 1 }'
}

@test "plane: other numbers of models, a line, what does not fit" {
    local p=("$I" --kind plane -o "$T/x") m=("$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz")
    fails 1 "a plane needs three models, 2 given" -- "${p[@]}" "$F/a.st.gz" "$F/b.st.gz"
    fails 1 "a plane needs three models, 2 given" -- "${p[@]}" --project "$T/feet" "$F/a.st.gz" "$F/b.st.gz"
    fails 1 "a plane has three ends" --project -- "${p[@]}" "${m[@]}" "$F/m4.st.gz"
    "$I" --at 0.25 -o "$T/quarter" "$F/a.st.gz" "$F/b.st.gz"
    fails 1 "lie on a line" "t = 0.25" -- "${p[@]}" "$F/a.st.gz" "$F/b.st.gz" "$T/quarter"
    fails 1 "lie on a line" -- "${p[@]}" "$F/a.st.gz" "$F/b.st.gz" "$F/a.st.gz"
    fails 1 "models 0 and 1 are the same" -- "${p[@]}" "$F/a.st.gz" "$F/a.st.gz" "$F/b.st.gz"
    fails 2 "--at is not for --kind plane" -- "${p[@]}" --at 0 "${m[@]}"
    fails 2 "--by is not for --kind plane" -- "${p[@]}" --by layer "${m[@]}"
    fails 2 "-n" -- "${p[@]}" -n 100000 "${m[@]}"
    fails 2 "--project is for --kind plane" -- "$I" -o "$T/x" --project "$T/feet" "$F/a.st.gz" "$F/b.st.gz"
    fails 2 -- "${p[@]}" --project "$T/x" "${m[@]}"
    fails 2 -- "${p[@]}" --project "$F/m3.st.gz" "${m[@]}"
    fails 1 no/such -- "${p[@]}" --project "$T/no/such" "${m[@]}"
    sed 's/"intermediate_size": 32/"intermediate_size": 24/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" -t "$F/lang" --labels negative,positive -o "$T/c.st.gz"
    fails 1 "models 0 and 3 have different configurations" -- "${p[@]}" --project "$T/feet" "${m[@]}" "$T/c.st.gz"
    [ ! -e "$T/x" ]
    [ ! -e "$T/feet" ]
}

@test "random directions: the model in the middle, rows as long as the model's, seeds" {
    "$I" --kind random "$F/a.st.gz" > "$T/p"
    [ "$(digests "$T/p" | wc -l)" -eq 21 ]
    [ "$(digests "$T/p" | sed -n 11p)" = "$(digests "$F/a.st.gz")" ]
    [ "$("$B/mc-info" --tsv "$T/p" | cut -f 8 | sed -n '2p;12p;22p' | tr '\n' ' ')" = "-1 0 1 " ]
    [ "$(places "$T/p" from | sort -u)" = "$(digests "$F/a.st.gz")" ]
    [ "$(places "$T/p" to | sort -u)" = "$(digests "$F/a.st.gz")" ]
    [ "$(places "$T/p" s | sort -u)" = absent ]
    [[ "$(meta "$T/p" mc.provenance)" == *" kind=random space=factor seed=0 dims=1 n=21 from=-1 to=1 "* ]]
    # a step of length 1 is as long as the model
    "$B/mc-pick" t=1 < "$T/p" > "$T/one"
    near "$("$B/mc-dist" "$F/a.st.gz" "$T/one" | awk '$3 == "layer.0" { print $5 }')" "$(gzip -dc "$F/a.st.gz" | python3 -c '
import array, json, math, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
t = [v["data_offsets"] for k, v in h.items() if k.startswith("bert.encoder.layer.0.")]
print(math.sqrt(math.fsum(x * x for a, z in t for x in array.array("f", b[8 + n + a:8 + n + z]))))')" 1e-5
    "$I" --kind random --seed 3 --at 1 "$F/a.st.gz" > "$T/s3"
    "$I" --kind random --seed 4 --at 1 "$F/a.st.gz" > "$T/s4"
    [ "$(digests "$T/s3" "$T/s4" "$T/one" | sort -u | wc -l)" -eq 3 ]
    "$I" --kind random --dims 2 --seed 3 --from 0 -n 2 "$F/a.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n '1,3p')" = "$(digests "$F/a.st.gz" "$T/s3" "$T/s4")" ]
    [ "$(meta "$T/p" mc.t)" = absent ]
    "$I" --kind random --dims 2 --threads 1 --level 1 "$F/a.st.gz" > "$T/1"
    "$I" --kind random --dims 2 --threads 4 --level 1 "$F/a.st.gz" | cmp - "$T/1"
    [ "$(digests "$T/1" | wc -l)" -eq 441 ]
    local p=("$I" --kind random -o "$T/x")
    fails 1 "a random direction has one end" -- "${p[@]}" "$F/a.st.gz" "$F/b.st.gz"
    fails 2 "--at is not for --kind random" -- "${p[@]}" --dims 2 --at 0 "$F/a.st.gz"
    fails 2 "--by is not for --kind random" -- "${p[@]}" --by layer "$F/a.st.gz"
    fails 2 --dims -- "${p[@]}" --dims 3 "$F/a.st.gz"
    for o in "--seed 1" "--dims 2"; do fails 2 "is for --kind random" -- "$I" $o -o "$T/x" "$F/a.st.gz" "$F/b.st.gz"; done
    # a fixed head stays
    "$I" --kind random --head 0 --at 1 "$F/a.st.gz" > "$T/h"
    [ "$("$B/mc-dist" "$F/a.st.gz" "$T/h" | awk '$3 == "head" { print $5 }')" = 0 ]
}

@test "a curve: control documents make it, its ends are copies, in any order of its documents" {
    "$I" -n 5 --level 0 "$F/curve.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$F/a.st.gz")" ]
    [ "$(digests "$T/p" | sed -n 5p)" = "$(digests "$F/b.st.gz")" ]
    [[ "$(meta "$T/p" mc.curve)" == '{"kind":"bezier","index":0,"count":5,"from":"aa","to":"bb","s":0}' ]]
    [ "$(meta "$T/p" mc.role)" = absent ]
    [[ "$(meta "$T/p" mc.provenance)" == *" kind=bezier space=factor n=5 from=0 to=1 "* ]]
    "$I" -n 5 < "$F/curve.st.gz" | cmp - "$T/p"
    for k in 2 0 3 1; do "$B/mc-pick" $k < "$F/curve.st.gz"; done | "$I" -n 5 > "$T/q"
    [ "$(digests "$T/q")" = "$(digests "$T/p")" ]
    # chains by control documents are chains
    curve 4 chain "$F/a.st.gz" "$F/m3.st.gz" "$F/m4.st.gz" "$F/b.st.gz" | "$I" -n 7 > "$T/p"
    "$I" -n 7 --kind chain "$F/a.st.gz" "$F/m3.st.gz" "$F/m4.st.gz" "$F/b.st.gz" > "$T/q"
    [ "$(digests "$T/p")" = "$(digests "$T/q")" ]
    [ "$(places "$T/p" s)" = "$(places "$T/q" s)" ]
    [ "$(places "$T/p" from | sort -u)" = aa ]
    # bends on the segment: the line
    "$I" --at 0.3333333333333333,0.6666666666666666 "$F/a.st.gz" "$F/b.st.gz" > "$T/third"
    for k in 0 1; do "$B/mc-pick" $k < "$T/third" > "$T/t$k"; done
    curve 4 bezier "$F/a.st.gz" "$T/t0" "$T/t1" "$F/b.st.gz" | "$I" -n 5 > "$T/p"
    "$I" -n 5 "$F/a.st.gz" "$F/b.st.gz" > "$T/q"
    "$B/mc-dist" "$T/p" "$T/q" | awk '$1 < 5 && $2 == $1 + 5 && $3 == "all" && $5 > 1e-6 { print; bad = 1 } END { exit bad }'
    # the ends of a curve alone are the ends of a line
    { "$B/mc-pick" 0 < "$F/curve.st.gz"; "$B/mc-pick" 3 < "$F/curve.st.gz"; } | "$I" -n 3 > "$T/p"
    [ "$(digests "$T/p")" = "$("$I" -n 3 "$F/a.st.gz" "$F/b.st.gz" | digests -)" ]
    # points alone are evaluated of it
    fails 1 "no model" -- bash -c "'$B/mc-eval' -o '$T/x' '$F/dev.tok.gz' < '$F/curve.st.gz'"
}

@test "a curve: what is not exactly its documents, and options that it does not take" {
    local p=("$I" -o "$T/x")
    for k in 0 1 2 3; do "$B/mc-pick" $k < "$F/curve.st.gz" > "$T/d$k"; done
    fails 2 "--kind is not for control documents" -- "${p[@]}" --kind chain "$F/curve.st.gz"
    fails 2 "--kind is not for control documents" -- "${p[@]}" --kind line "$F/curve.st.gz"
    fails 2 "not at -0.1" -- "${p[@]}" --from -0.1 "$F/curve.st.gz"
    fails 2 "not at 1.5" -- "${p[@]}" --at 0,1.5 "$F/curve.st.gz"
    fails 2 "--by is not for --kind bezier" -- "${p[@]}" --by layer "$F/curve.st.gz"
    fails 2 "no --space product" -- "${p[@]}" --space product "$F/curve.st.gz"
    fails 1 "of 4 documents, of which 3 are there" -- "${p[@]}" "$T/d0" "$T/d1" "$T/d3"
    fails 1 "of 4 documents, of which 3 are there" -- "${p[@]}" "$T/d0" "$T/d1" "$T/d2"
    fails 1 "of 4 documents, of which 5 are there" -- "${p[@]}" "$F/curve.st.gz" "$T/d1"
    fails 1 "document 3 of the curve has the index of another" -- "${p[@]}" "$T/d0" "$T/d1" "$T/d2" "$T/d2"
    fails 1 "document 2 of the curve has no place on one" -- "${p[@]}" "$T/d0" "$T/d1" "$F/a.st.gz" "$T/d3"
    fails 1 "document 1 of the curve is of another one" -- "${p[@]}" "$T/d0" <(curve 5 bezier "$F/a.st.gz" "$F/b.st.gz" | "$B/mc-pick" 1) "$T/d2" "$T/d3"
    fails 1 "document 3 of the curve has no place" -- "${p[@]}" "$T/d0" "$T/d1" "$T/d2" <(document "$F/a.st.gz" endpoint '{"kind":"bezier","index":4,"count":4,"from":"aa","to":"bb"}')
    fails 1 "document 3 of the curve has no place" -- "${p[@]}" "$T/d0" "$T/d1" "$T/d2" <(document "$F/a.st.gz" endpoint '{"kind":"bezier","index":3,"count":4,"from":"a\"a","to":"bb"}')
    for bad in '{"kind":"spiral","index":1,"count":3,"from":"aa","to":"bb"}' 'nothing' '{"kind":7}'; do
        fails 1 mc.curve -- "${p[@]}" "$T/d0" <(document "$F/m3.st.gz" control "$bad") "$T/d3"
    done
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels no,yes -o "$T/c.st.gz"
    fails 1 "models 0 and 1 have different labels" -- "${p[@]}" <(curve 3 bezier "$F/a.st.gz" "$T/c.st.gz" "$F/b.st.gz")
    fails 2 "not at 1.02" -- "${p[@]}" --kind chain --to 1.5 -n 26 "$F/a.st.gz" "$F/b.st.gz"
    [ ! -e "$T/x" ]
}

@test "three models want a kind" {
    fails 1 "more than two models" "--kind chain" "--kind plane" -- "$I" -o "$T/x" "$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz"
    fails 1 "a line has two ends" -- "$I" --kind line -o "$T/x" "$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz"
    fails 1 "a slerp has two ends" -- "$I" --kind slerp -o "$T/x" "$F/a.st.gz" "$F/b.st.gz" "$F/m3.st.gz"
    fails 1 "a chain needs two models, 1 given" -- "$I" --kind chain -o "$T/x" "$F/a.st.gz"
    fails 1 "models 0 and 2 have different kinds" -- bash -c "'$B/mc-finetune' -q --method lora --steps 1 --train '$F/train.tok.gz' < '$F/a.st.gz' > '$T/l'
        '$I' --kind chain --base '$F/a.st.gz' -o '$T/x' '$F/a.st.gz' '$F/b.st.gz' '$T/l'"
}

@test "groups: one after the other, growing, the rest at either end; names are mc-dist's" {
    "$I" -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/line"
    for by in layer sublayer kind tensor; do
        "$B/mc-dist" --by $by "$F/a.st.gz" "$F/b.st.gz" > "$T/d"
        "$I" --by $by -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
        [ "$(places "$T/p" group | uniq)" = "$(sed 1d "$T/d" | cut -f 3 | grep -vx all)" ]
        [ "$(places "$T/p" index | tail -n 1)" -eq $(($(places "$T/p" count | sort -u) - 1)) ]
        [ "$(digests "$T/p" | awk 'NR % 3 == 1' | sort -u)" = "$(digests "$F/a.st.gz")" ]
        # each group's way is as long as its distance
        diff <(places "$T/p" s | awk 'NR % 3 == 0 { printf "%.6g\n", $1 }') <(sed 1d "$T/d" | awk -F '\t' '$3 != "all" { printf "%.6g\n", $5 }')
        "$I" --by $by --grow up -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/up"
        "$I" --by $by --grow down -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/down"
        [ "$(digests "$T/up" | tail -n 3)" = "$(digests "$T/line")" ]
        [ "$(digests "$T/down" | head -n 3)" = "$(digests "$T/line")" ]
        [ "$(digests "$T/up" | head -n 3)" = "$(digests "$T/p" | head -n 3)" ]
        [ "$(digests "$T/down" | tail -n 3)" = "$(digests "$T/p" | tail -n 3)" ]
    done
    [ "$(places "$T/p" from | sort -u)" = "$(digests "$F/a.st.gz")" ]
    [[ "$(meta "$T/down" mc.provenance)" == *" head=mix by=tensor rest=0 grow=down inputs="* ]]
    # where a group has arrived, the others at 1, is the end
    "$I" --by layer --rest 1 -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    [ "$(digests "$T/p" | awk 'NR % 3 == 0' | sort -u)" = "$(digests "$F/b.st.gz")" ]
    "$B/mc-pick" 3 < "$T/p" > "$T/x" # the first layer at 0
    [ "$("$B/mc-dist" "$F/b.st.gz" "$T/x" | awk 'NR > 1 && $3 != "all" && $5 > 0 { print $3 }')" = layer.0 ]
    "$I" --kind slerp --by sublayer --rest 1 -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    [ "$(digests "$T/p" | awk 'NR % 3 == 0' | sort -u)" = "$(digests "$F/b.st.gz")" ]
    # a head that stays at an end is a group that does not move
    "$I" --by layer --head 1 -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    [ "$(places "$T/p" s | tail -n 3 | tr '\n' ' ')" = "0 0 0 " ]
    [ "$("$I" --by layer --threads 1 --level 1 -n 3 "$F/a.st.gz" "$F/b.st.gz" | md5sum)" = "$("$I" --by layer --threads 3 --level 1 -n 3 "$F/a.st.gz" "$F/b.st.gz" | md5sum)" ]
    local p=("$I" -o "$T/none" "$F/a.st.gz" "$F/b.st.gz")
    fails 2 "--rest is for --by" -- "${p[@]}" --rest 1
    fails 2 "--grow is for --by" -- "${p[@]}" --grow up
    fails 2 --by -- "${p[@]}" --by nonsense
    fails 2 "--by is not for --kind chain" -- "${p[@]}" --kind chain --by layer
    fails 2 "--by is not for --kind line --space product" -- "${p[@]}" --space product --by layer
    [ ! -e "$T/none" ]
}

@test "files that are read again must be what they were" {
    local k i=0
    for k in a b m d e; do "$B/mc-init" "$F/lang/config.json" -t "$F/lang" --seed-init $((++i)) -o "$T/$k"; done
    mkfifo "$T/out"
    # a model is larger than a pipe, so that the program waits in its first document, when it has read all files once
    ( "$I" --kind chain --at 0,0.5,1 --level 0 "$T/a" "$T/b" "$T/m" "$T/d" > "$T/out" 2> "$T/said" || echo $? > "$T/rc" ) 3>&- &
    exec 7< "$T/out"
    dd bs=1 count=1 <&7 > "$T/x" 2> /dev/null
    cp "$T/e" "$T/m"
    cat <&7 >> "$T/x"
    exec 7<&-
    wait
    [ "$(head -c 70000 "$T/x" | wc -c)" -eq 70000 ]
    [ "$(cat "$T/rc")" = 1 ]
    grep -q "model 2 has changed since it was first read" "$T/said"
}

# Every kind over models FILE FILE FILE of one family: documents evaluated by nobody, but complete, the ends where they are.
every_kind() { # every_kind [--base BASE] A B C
    local o=() a b c k
    [ "$1" != --base ] || { o=("$1" "$2"); shift 2; }
    a=$1 b=$2 c=$3
    for k in "slerp -n 3 $a $b" "chain -n 3 $a $c $b" "line --by sublayer --grow up -n 3 $a $b"; do
        "$I" "${o[@]}" --kind $k > "$T/p"
        "$B/mc-info" --check "$T/p" > "$T/said"
        [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$a")" ] || { echo "$k"; return 1; }
        [ "$(digests "$T/p" | tail -n 1)" = "$(digests "$b")" ] || { echo "$k"; return 1; }
        [ "$(places "$T/p" s | sed -n 1p)" = 0 ]
    done
    "$I" "${o[@]}" --kind plane --from 0 --to 1 -n 2 --project "$T/feet" "$a" "$b" "$c" "$c" > "$T/p"
    [ "$(digests "$T/p" | sed -n '1p;2p')" = "$(digests "$a" "$b")" ]
    awk -F '\t' 'NR == 4 { x = $2 } NR == 5 && (($2 - x)^2 > 1e-12 || ($3 - 1)^2 > 1e-12 || $4 > 1e-4 * $6) { exit 1 }' "$T/feet"
    "$I" "${o[@]}" --kind random --at 0,1 "$a" > "$T/p"
    [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$a")" ]
    "$B/mc-info" --check "$T/p" > "$T/said"
    curve 3 bezier "$a" "$c" "$b" > "$T/curve"
    "$I" "${o[@]}" -n 3 "$T/curve" > "$T/p"
    [ "$(digests "$T/p" | sed -n '1p;3p')" = "$(digests "$a" "$b")" ]
    [ "$(digests "$T/p" | sort -u | wc -l)" -eq 3 ]
    "$I" "${o[@]}" -n 3 < "$T/curve" > "$T/q"
    [ "$(digests "$T/p")" = "$(digests "$T/q")" ]
}

@test "every kind over deltas of every method; products on lines alone" {
    local s
    for m in lora adapter prefix bitfit head; do
        for s in 1 2 3; do
            "$B/mc-finetune" -q --method $m $([ $m != prefix ] || echo --prefix-len 4) --train "$F/train.tok.gz" --steps 3 --lr 1e-2 --seed $s -o "$T/$s" < "$F/a.st.gz"
        done
        every_kind --base "$F/a.st.gz" "$T/1" "$T/2" "$T/3"
    done
    for k in chain slerp; do fails 2 "--kind $k has no --space product" -- "$I" --base "$F/a.st.gz" --kind $k --space product -o "$T/x" "$T/1" "$T/2"; done
    "$B/mc-finetune" -q --method lora --with-base --train "$F/train.tok.gz" --steps 3 --lr 1e-2 < "$F/a.st.gz" > "$T/l"
    "$B/mc-finetune" -q --method lora --train "$F/train.tok.gz" --steps 3 --lr 1e-2 --seed 2 < "$F/a.st.gz" > "$T/l2"
    "$I" --base "$F/a.st.gz" --space product -n 3 "$T/l" "$T/l2" > "$T/p"
    [ "$(places "$T/p" s | sort -u)" = absent ]
    "$I" --kind chain -n 3 "$T/l" "$T/l2" "$T/l" | digests - | sed -n 2p | grep -qx "$(digests "$T/l2")"
}

@test "every kind over RoBERTas and T5s" {
    "$B/mc-synth" --tokenizer "$T/ro" --kind roberta
    echo '{"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 384, "decoder_start_token_id": 0}' > "$T/t5.json"
    for s in 1 2 3; do "$B/mc-init" "$T/ro/config.json" -t "$T/ro" --labels no,yes --seed-init $s -o "$T/ro-$s"; done
    every_kind "$T/ro-1" "$T/ro-2" "$T/ro-3"
    for s in 1 2 3; do "$B/mc-init" "$T/t5.json" --seed-init $s -o "$T/t5-$s"; done
    every_kind "$T/t5-1" "$T/t5-2" "$T/t5-3"
}

# The most memory that a command has, in models of 43 MB: so large that the C library gives memory back at once.
peak() { # peak COMMAND...
    python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 43e6)' "$@"
}

@test "memory: two models of a chain of any length, three of a plane whatever is projected on it" {
    ! ldd "$I" | grep -q 'libasan\|libtsan' || skip "a sanitizer keeps what is given back"
    n=$(wc -l < "$F/lang/vocab.txt")
    printf '{"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 2, "intermediate_size": 1536, "vocab_size": %d, "max_position_embeddings": 64, "type_vocab_size": 2}' "$n" > "$T/config.json"
    "$B/mc-init" "$T/config.json" -t "$F/lang" --labels negative,positive --seed-init 1 -o "$T/1"
    for s in 2 3 4; do "$B/mc-init" --perturb 0.01 --seed-init $s -o "$T/$s" < "$T/1"; done
    local more="$T/3 $T/4 $T/3 $T/4" line
    line=$(peak "$I" -q --threads 1 -n 2 "$T/1" "$T/2")
    within() { awk -v line="$line" -v more="$1" -v c="$2" '{ if ($1 > line + more) { print c ": " $1 ", a line " line; exit 1 } } END { exit !NR }'; }
    for c in "chain -n 3 $T/1 $T/2 $more" "slerp -n 2 $T/1 $T/2" "random -n 2 $T/1"; do
        peak "$I" -q --threads 1 --kind $c | within .5 "$c"
    done
    for c in "$T/1 $T/2 $T/3" "--project $T/feet $T/1 $T/2 $more"; do
        peak "$I" -q --threads 1 --kind plane -n 2 $c | within 1.5 "$c"
    done
    # by a pipe, where nothing can be read again, all are held
    peak bash -c "cat '$T/1' '$T/2' $more | '$I' -q --threads 1 --kind chain -n 2" | awk -v line="$line" '{ held = $1 >= line + 3 } END { exit !held }'
}
