/* Small files that AWS's variables name: profiles, tokens, certificates. */
#ifndef EKSGATE_AWS_FILE_H
#define EKSGATE_AWS_FILE_H

#include "base/buf.h"

/* Appends the whole file. 0, or -1 with errno (EFBIG beyond the buffer's maximum). */
int aws_file_read(const char *path, struct buf *out);

/* Appends path with $NAME, ${NAME} and a leading "~" replaced as shells do. 0, or -1. */
int aws_file_expand(struct str path, struct buf *out);

#endif
