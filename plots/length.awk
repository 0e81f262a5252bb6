# How wide a picture is to be on paper: awk -f length.awk LENGTH prints it in millimetres, or says why not and exits with 1.
# LENGTH has a unit, mm, cm, in or pt (72 an inch); a number alone is in millimetres.
BEGIN {
    LEAST = 60
    MOST = 1000
    text = ARGV[1]
    if (text !~ /^([0-9]+\.?[0-9]*|\.[0-9]+)(mm|cm|in|pt)?$/) { print "is no length such as 85mm, 8.5cm, 3.35in or 241pt"; exit 1 }
    unit = text
    gsub(/[0-9.]/, "", unit)
    mm = text * (unit == "cm" ? 10 : unit == "in" ? 25.4 : unit == "pt" ? 25.4 / 72 : 1)
    if (mm < LEAST) { printf "is less than %d mm, in which letters of 7 pt and a panel do not fit\n", LEAST; exit 1 }
    if (mm > MOST) { printf "is more than %d mm\n", MOST; exit 1 }
    printf "%.4f\n", mm
}
