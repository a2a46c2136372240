/*
 * Regular expressions that strangers may write: matched in time that grows with the text only, never with what a
 * pattern could make of it. The syntax is the part of JavaScript's that browsers know from <input pattern>, and as
 * there the whole text must match:
 *
 *   .  [a-z]  [^a-z]  \d \w \s \D \W \S  \n \t \r  \.   ( )  (?: )  |   *  +  ?  {2}  {2,}  {2,5}
 *
 * "^" at the beginning and "$" at the end change nothing. What else JavaScript has (\1, \b, lookahead, lazy repeats) is
 * refused.
 */
#ifndef EKSGATE_BASE_PATTERN_H
#define EKSGATE_BASE_PATTERN_H

#include "base/arena.h"

#define PATTERN_TEXT_MAX 256   /* bytes of a pattern */
#define PATTERN_REPEAT_MAX 255 /* the largest number in {2,5} */
#define PATTERN_STEPS_MAX 512  /* of a compiled pattern: "[a-z]{63}" has 64 */

struct pattern;

/* Text must be UTF-8. NULL with why (static text) when it is no pattern. Lives as long as the arena. */
const struct pattern *pattern_compile(struct arena *arena, struct str text, const char **why);

/* Text must be UTF-8. */
bool pattern_matches(const struct pattern *pattern, struct str text);

#endif
