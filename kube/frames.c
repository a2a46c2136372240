#include "kube/frames.h"

#define SIZE_BYTES 4

static enum frames_kind kind_of(struct str type)
{
    struct str essence = type;

    essence = str_trim(str_cut(&essence, ';'));
    if (str_equal_ignore_case(essence, STR("application/json")) || str_equal_ignore_case(essence, STR("text/plain")))
        return FRAMES_LINES;
    if (str_equal_ignore_case(essence, STR("application/vnd.kubernetes.protobuf")))
        return FRAMES_SIZED;
    return FRAMES_NONE;
}

void frames_begin(struct frames *frames, const struct http_head *head)
{
    bool encoded = http_head_get(head, "Content-Encoding").len > 0;
    bool measured = http_head_get(head, "Content-Length").len > 0;

    *frames = (struct frames){.kind = encoded || measured ? FRAMES_NONE : kind_of(http_head_get(head, "Content-Type"))};
}

static void take_sized(struct frames *frames, const char *data, size_t len)
{
    while (len > 0) {
        if (frames->size_bytes < SIZE_BYTES) {
            frames->left = frames->left << 8 | (unsigned char)*data;
            frames->size_bytes++;
            data++;
            len--;
        } else {
            size_t part = len < frames->left ? len : frames->left;

            frames->left -= (uint32_t)part;
            data += part;
            len -= part;
        }
        frames->inside = frames->size_bytes < SIZE_BYTES || frames->left > 0;
        if (!frames->inside)
            frames->size_bytes = 0;
    }
}

void frames_take(struct frames *frames, const char *data, size_t len)
{
    if (len == 0)
        return;
    if (frames->kind == FRAMES_LINES)
        frames->inside = data[len - 1] != '\n';
    else if (frames->kind == FRAMES_SIZED)
        take_sized(frames, data, len);
}

bool frames_may_end(const struct frames *frames)
{
    return frames->kind != FRAMES_NONE && !frames->inside;
}
