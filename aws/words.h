/* Words of a command line, split as a POSIX shell splits them: quotes and backslashes, nothing else. */
#ifndef EKSGATE_AWS_WORDS_H
#define EKSGATE_AWS_WORDS_H

#include "base/buf.h"

/* Appends the words to out, each ended by a NUL, and counts them. -1 for a quote that is not closed. */
int words_split(struct str text, struct buf *out, size_t *count);

#endif
