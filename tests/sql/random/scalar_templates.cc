#include "sql/random/scalar_templates.h"

#include <map>

#include "base/check.h"

namespace kappa::random_sql {
namespace {

using Texts = std::vector<const char*>;

const Texts kIntegerTemplates = {"($i + $i)",
                                 "($i - $i)",
                                 "($i * #)",
                                 "($i % 5)",
                                 "($i // 3)",
                                 "(- $i)",
                                 "abs($i)",
                                 "sign($i)",
                                 "length($t)",
                                 "strlen($t)",
                                 "ascii($t)",
                                 "ord($t)",
                                 "strpos($t, $t)",
                                 "instr($t, 'a')",
                                 "CASE WHEN $b THEN $i ELSE $i END",
                                 "CASE $i WHEN 1 THEN $i WHEN 2 THEN 7 END",
                                 "coalesce($i, $i)",
                                 "nullif($i, $i)",
                                 "ifnull($i, 0)",
                                 "greatest($i, $i)",
                                 "least($i, $i)",
                                 "year($D)",
                                 "month($D)",
                                 "day($D)",
                                 "dayofweek($D)",
                                 "week($D)",
                                 "quarter($T)",
                                 "hour($T)",
                                 "minute($T)",
                                 "extract(epoch FROM $D)::BIGINT",
                                 "extract(dow FROM $T)",
                                 "date_part('doy', $D)",
                                 "datediff('day', $D, $D)",
                                 "date_diff('month', $T, $T)",
                                 "datesub('hour', $T, $T)",
                                 "epoch_ms($T)",
                                 "epoch_us($T)",
                                 "len($l)",
                                 "array_length($L)",
                                 "list_sum($l)",
                                 "list_max($l)",
                                 "list_min($l)",
                                 "list_position($l, $i)",
                                 "$l[1]",
                                 "list_extract($l, 2)",
                                 "list_count($l)",
                                 "list_unique($l)",
                                 "$s.x",
                                 "struct_extract($s, 'x')",
                                 "cardinality($m)",
                                 "$m['a']",
                                 "map_extract($m, 'a')[1]",
                                 "octet_length($B)",
                                 "bit_count($i::INTEGER)",
                                 "($i & 3)",
                                 "($i | 4)",
                                 "xor($i, $i)",
                                 "($i::INTEGER << 2)",
                                 "$b::INTEGER",
                                 "$d::INTEGER",
                                 "round($f)::BIGINT",
                                 "floor($d)::BIGINT",
                                 "ceil($d)::INTEGER",
                                 "TRY_CAST($t AS INTEGER)",
                                 "TRY_CAST($i AS TINYINT)",
                                 "$i::HUGEINT",
                                 "$i::BIGINT",
                                 "$i::DECIMAL(9,2)::INTEGER",
                                 "if($b, $i, $i)",
                                 "levenshtein($t, $t)",
                                 "gcd($i, 6)",
                                 "factorial(#)",
                                 "list_dot_product([1.0, 2.0], [2.0, #])::INTEGER",
                                 "list_aggregate($l, 'count')",
                                 "list_reduce(list_append($l, 0), lambda x, y: x + coalesce(y, 1))",
                                 "datepart('minute', $v)",
                                 "extract(day FROM $v)",
                                 "unicode($t)",
                                 "bit_length($t)",
                                 "enum_code($e)",
                                 "length($L[1])",
                                 "json_array_length(to_json($l))",
                                 "fdiv($i, 2)::INTEGER",
                                 "isodow($D)",
                                 "century($D)",
                                 "julian($D)::INTEGER",
                                 "ordinality(#)"};

const Texts kDecimalTemplates = {"($d + $d)",
                                 "($d - $d)",
                                 "($d * 2)",
                                 "(- $d)",
                                 "abs($d)",
                                 "round($d, 1)",
                                 "$i::DECIMAL(12,2)",
                                 "coalesce($d, $d)",
                                 "CASE WHEN $b THEN $d ELSE $d END",
                                 "nullif($d, $d)",
                                 "greatest($d, $d)",
                                 "TRY_CAST($t AS DECIMAL(9,3))",
                                 "$d::DECIMAL(6,1)",
                                 "($d % 2)",
                                 "TRY_CAST(round(sqrt(abs($f)), 3) AS DECIMAL(18,3))",
                                 "TRY_CAST(round(ln(abs($f) + 1), 3) AS DECIMAL(18,3))",
                                 "TRY_CAST(round($f / 3, 3) AS DECIMAL(18,3))",
                                 "TRY_CAST(round(sin($f), 3) AS DECIMAL(18,3))",
                                 "TRY_CAST(round($d / $d, 3) AS DECIMAL(18,3))",
                                 "TRY_CAST(round(power($f, 2), 3) AS DECIMAL(18,3))",
                                 "trunc($d)",
                                 "TRY_CAST($f AS DECIMAL(12,2))",
                                 "TRY_CAST(round($i / $i, 2) AS DECIMAL(12,2))"};

const Texts kDoubleTemplates = {
    "($f + $f)",        "($f - $f)",      "($f * #)",         "(- $f)",
    "abs($f)",          "floor($f)",      "ceil($f)",         "round($f)",
    "trunc($f)",        "$i::DOUBLE",     "coalesce($f, $f)", "CASE WHEN $b THEN $f END",
    "greatest($f, $f)", "nullif($f, $f)", "($f / 2)",         "TRY_CAST($t AS DOUBLE)",
    "sign($f)::DOUBLE", "$f::FLOAT",      "fmod($f, 4)",      "least($f, $f)"};

const Texts kTextTemplates = {"upper($t)",
                              "lower($t)",
                              "($t || $t)",
                              "concat($t, $i, $b)",
                              "concat_ws('-', $t, $t)",
                              "substr($t, #)",
                              "substring($t, 1, #)",
                              "left($t, #)",
                              "right($t, #)",
                              "trim($t)",
                              "ltrim($t)",
                              "rtrim($t, 'a')",
                              "replace($t, 'a', 'xyz')",
                              "reverse($t)",
                              "repeat($t, #)",
                              "lpad($t, 4, '*')",
                              "rpad($t, 3, '-')",
                              "coalesce($t, $t)",
                              "coalesce($t, 'none')",
                              "nullif($t, $t)",
                              "CASE WHEN $b THEN $t ELSE $t END",
                              "CASE WHEN $b THEN $t END",
                              "if($b, $t, $t)",
                              "$i::VARCHAR",
                              "$b::VARCHAR",
                              "$d::VARCHAR",
                              "$D::VARCHAR",
                              "$T::VARCHAR",
                              "$u::VARCHAR",
                              "$e::VARCHAR",
                              "$l::VARCHAR",
                              "$s::VARCHAR",
                              "$m::VARCHAR",
                              "$v::VARCHAR",
                              "$h::VARCHAR",
                              "strftime($D, '%Y-%m')",
                              "strftime($T, '%H:%M:%S.%f')",
                              "split_part($t, ',', 1)",
                              "regexp_replace($t, '[aeiou]', '_', 'g')",
                              "regexp_extract($t, '([a-z]+)', 1)",
                              "md5($t)",
                              "hex($t)",
                              "hex($B)",
                              "base64($B)",
                              "monthname($D)",
                              "dayname($D)",
                              "greatest($t, $t)",
                              "least($t, $t)",
                              "string_agg_list($L)",
                              "array_to_string($L, '/')",
                              "list_aggregate($L, 'min')",
                              "$L[1]",
                              "list_extract($L, -1)",
                              "$s.y",
                              "to_json($s)::VARCHAR",
                              "json_extract_string(to_json($s), '$.y')",
                              "to_json($l)::VARCHAR",
                              "format('{}-{}', $i, $t)",
                              "printf('%d:%s', $i::BIGINT, $t)",
                              "chr(64 + #)",
                              "translate($t, 'ab', 'xy')",
                              "initcap($t)",
                              "typeof($i)",
                              "bin($i)",
                              "to_base($i, 16)",
                              "strip_accents($t)",
                              "nfc_normalize($t)",
                              "url_encode($t)",
                              "sha256($t)",
                              "substring($t FROM 2)",
                              "overlay($t, 'zz', 1)",
                              "$t[1:2]",
                              "list_string($l)",
                              "array_slice($t, 1, 2)",
                              "ifnull($t, '?')"};

const Texts kBooleanTemplates = {"($b AND $b)",
                                 "($b OR $b)",
                                 "(NOT $b)",
                                 "($i = $i)",
                                 "($i < $i)",
                                 "($i >= $i)",
                                 "($i <> $i)",
                                 "($t = $t)",
                                 "($t < $t)",
                                 "($d > $d)",
                                 "($f <= $f)",
                                 "($D < $D)",
                                 "($T >= $T)",
                                 "($v > $v)",
                                 "($l = $l)",
                                 "($s = $s)",
                                 "($u = $u)",
                                 "($B < $B)",
                                 "($e = 'red')",
                                 "($e < $e)",
                                 "($i IS NULL)",
                                 "($t IS NOT NULL)",
                                 "($f IS NULL)",
                                 "($i IS DISTINCT FROM $i)",
                                 "($t IS NOT DISTINCT FROM $t)",
                                 "($i BETWEEN # AND 4)",
                                 "($i NOT BETWEEN 1 AND #)",
                                 "($i IN (1, 2, $i))",
                                 "($i NOT IN (1, NULL))",
                                 "($t IN ('a', 'ab', $t))",
                                 "($t LIKE 'a%')",
                                 "($t LIKE '%' || $t || '%')",
                                 "($t ILIKE 'A_')",
                                 "($t NOT LIKE '_')",
                                 "starts_with($t, 'a')",
                                 "contains($t, $t)",
                                 "regexp_matches($t, '^[a-z]+$')",
                                 "($t SIMILAR TO '[a-c]*')",
                                 "list_contains($l, $i)",
                                 "($i = ANY ($l))",
                                 "list_has_any($l, $l)",
                                 "isnan($f)",
                                 "isfinite($f)",
                                 "isinf($f)",
                                 "coalesce($b, false)",
                                 "CASE WHEN $b THEN $b ELSE $b END",
                                 "($b IS TRUE)",
                                 "($b IS NOT FALSE)",
                                 "($b = $b)",
                                 "(($i, $t) = ($i, $t))",
                                 "(($i, $i) < ($i, $i))",
                                 "map_contains($m, 'a')",
                                 "($h < $h)",
                                 "($z > $z)",
                                 "(date_trunc('month', $D) = DATE '2024-02-01')",
                                 "($m = $m)",
                                 "(length($t) > #)",
                                 "prefix($t, 'a')",
                                 "suffix($t, 'b')",
                                 "($t GLOB 'a*')",
                                 "list_bool_and([$b, $b])",
                                 "($i IS NULL OR $i > 1)",
                                 "xor(1, #) > 1",
                                 "($L = $L)",
                                 "TRY_CAST($t AS BOOLEAN)",
                                 "($i % 2 = 0)",
                                 "equi_width_bins(0, 10, 2, false) IS NULL",
                                 "('a' = ANY ($L))",
                                 "(struct_pack(x := $i, y := $t) = $s)",
                                 "isempty($l)"};

const Texts kDateTemplates = {"($D + #)",
                              "($D - #)",
                              "$T::DATE",
                              "last_day($D)",
                              "make_date(2024, 1 + #, 1)",
                              "coalesce($D, $D)",
                              "CASE WHEN $b THEN $D ELSE $D END",
                              "greatest($D, $D)",
                              "TRY_CAST($t AS DATE)",
                              "date_trunc('month', $D)::DATE",
                              "least($D, DATE '2024-02-01')",
                              "nullif($D, $D)",
                              "strptime('2024-02-0' || (1 + #), '%Y-%m-%d')::DATE"};

const Texts kTimeTemplates = {"$T::TIME", "($h + INTERVAL '1 hour')", "coalesce($h, $h)",
                              "make_time(1, #, 30.5)", "CASE WHEN $b THEN $h END"};

const Texts kTimestampTemplates = {"($D + $v)",
                                   "($T + $v)",
                                   "($T - $v)",
                                   "date_trunc('day', $T)::TIMESTAMP",
                                   "date_trunc('hour', $T)",
                                   "coalesce($T, $T)",
                                   "CASE WHEN $b THEN $T ELSE $T END",
                                   "$D::TIMESTAMP",
                                   "time_bucket(INTERVAL '1 week', $T)",
                                   "make_timestamp(2024, 1, 2, 3, #, 5.5)",
                                   "TRY_CAST($t AS TIMESTAMP)",
                                   "greatest($T, $T)",
                                   "($D + $h)",
                                   "epoch_ms(1000 * $i::BIGINT)",
                                   "to_timestamp($i)::TIMESTAMP",
                                   "nullif($T, $T)"};

const Texts kTimestampTzTemplates = {"$T::TIMESTAMPTZ", "($z + $v)", "coalesce($z, $z)",
                                     "date_trunc('day', $z)", "($T AT TIME ZONE 'Europe/Berlin')"};

const Texts kIntervalTemplates = {"($T - $T)",
                                  "($v + $v)",
                                  "to_days(#)",
                                  "to_hours($i::INTEGER)",
                                  "coalesce($v, $v)",
                                  "($v * #)",
                                  "age($T, $T)",
                                  "INTERVAL (#) MINUTE",
                                  "CASE WHEN $b THEN $v END",
                                  "(- $v)"};

const Texts kBlobTemplates = {
    "encode($t)",        "coalesce($B, $B)",         "($B || $B)",
    "unhex('0A0' || #)", "CASE WHEN $b THEN $B END", "from_base64('AAE=')",
    "unbin('0101')"};

const Texts kUuidTemplates = {"coalesce($u, $u)", "CASE WHEN $b THEN $u ELSE $u END",
                              "md5($t)::UUID", "greatest($u, $u)"};

const Texts kEnumTemplates = {"coalesce($e, 'blue')", "CASE WHEN $b THEN $e END", "enum_first($e)"};

const Texts kIntegerListTemplates = {"[$i, $i]",
                                     "list_value($i::INTEGER, #)",
                                     "list_append($l, $i::INTEGER)",
                                     "list_concat($l, $l)",
                                     "list_sort($l)",
                                     "list_reverse($l)",
                                     "list_distinct(list_sort($l))[1:0]",
                                     "list_transform($l, lambda x: x + 1)",
                                     "list_filter($l, lambda x: x > #)",
                                     "$l[1:2]",
                                     "coalesce($l, [])",
                                     "range(#)",
                                     "generate_series(1, #)",
                                     "list_transform($L, lambda x: length(x))",
                                     "CASE WHEN $b THEN $l ELSE $l END",
                                     "flatten([$l, $l])",
                                     "list_slice($l, 2, 3)",
                                     "list_zip($l, $l)",
                                     "[x * 2 FOR x IN $l IF x > 0]",
                                     "map_values($m)",
                                     "list_resize($l, 3, 0)",
                                     "list_sort($l, 'DESC', 'NULLS FIRST')",
                                     "list_grade_up($l)",
                                     "array_push_front($l, #)"};

const Texts kTextListTemplates = {"[$t, $t]",
                                  "string_split($t, ' ')",
                                  "list_append($L, $t)",
                                  "list_concat($L, $L)",
                                  "list_sort($L)",
                                  "map_keys($m)",
                                  "list_transform($l, lambda x: x::VARCHAR)",
                                  "regexp_extract_all($t, '[a-z]')",
                                  "coalesce($L, ['x'])",
                                  "list_filter($L, lambda x: length(x) > #)",
                                  "str_split($t, 'a')",
                                  "regexp_split_to_array($t, ',')",
                                  "CASE WHEN $b THEN $L END"};

const Texts kStructTemplates = {"{'x': $i::INTEGER, 'y': $t}",
                                "struct_pack(x := #::INTEGER, y := $t)",
                                "coalesce($s, $s)",
                                "CASE WHEN $b THEN $s END",
                                "row($i, $t)",
                                "struct_insert({'x': 1}, y := $t)"};

const Texts kMapTemplates = {"coalesce($m, $m)", "map_concat($m, MAP {'z': #})",
                             "map(['a', 'b'], [$i::INTEGER, #])", "CASE WHEN $b THEN $m END",
                             "map_from_entries([('k', $i::INTEGER)])"};

const std::map<Kind, const Texts*>& texts() {
  static const Texts kNone;
  static const std::map<Kind, const Texts*> kTexts = {
      {Kind::kInteger, &kIntegerTemplates},
      {Kind::kDecimal, &kDecimalTemplates},
      {Kind::kDouble, &kDoubleTemplates},
      {Kind::kText, &kTextTemplates},
      {Kind::kBoolean, &kBooleanTemplates},
      {Kind::kDate, &kDateTemplates},
      {Kind::kTime, &kTimeTemplates},
      {Kind::kTimestamp, &kTimestampTemplates},
      {Kind::kTimestampTz, &kTimestampTzTemplates},
      {Kind::kInterval, &kIntervalTemplates},
      {Kind::kBlob, &kBlobTemplates},
      {Kind::kUuid, &kUuidTemplates},
      {Kind::kEnum, &kEnumTemplates},
      {Kind::kIntegerList, &kIntegerListTemplates},
      {Kind::kTextList, &kTextListTemplates},
      {Kind::kStruct, &kStructTemplates},
      {Kind::kMap, &kMapTemplates},
      {Kind::kOther, &kNone},
  };
  return kTexts;
}

}  // namespace

const std::vector<Template>& scalar_templates(Kind kind) {
  static const std::map<Kind, std::vector<Template>> kTemplates = [] {
    std::map<Kind, std::vector<Template>> result;
    for (const auto& [of, list] : texts()) {
      auto& templates = result[of];
      for (const char* text : *list) templates.push_back({of, text});
    }
    return result;
  }();
  return kTemplates.at(kind);
}

Kind kind_of_letter(char letter) {
  switch (letter) {
    case 'i':
      return Kind::kInteger;
    case 'd':
      return Kind::kDecimal;
    case 'f':
      return Kind::kDouble;
    case 't':
      return Kind::kText;
    case 'b':
      return Kind::kBoolean;
    case 'D':
      return Kind::kDate;
    case 'h':
      return Kind::kTime;
    case 'T':
      return Kind::kTimestamp;
    case 'z':
      return Kind::kTimestampTz;
    case 'v':
      return Kind::kInterval;
    case 'B':
      return Kind::kBlob;
    case 'u':
      return Kind::kUuid;
    case 'e':
      return Kind::kEnum;
    case 'l':
      return Kind::kIntegerList;
    case 'L':
      return Kind::kTextList;
    case 's':
      return Kind::kStruct;
    case 'm':
      return Kind::kMap;
    default:
      check_failed(__FILE__, __LINE__, std::string("no kind has the letter ") + letter);
  }
}

}  // namespace kappa::random_sql
