#include "terraform/tell.h"

#include "base/json.h"
#include "base/limits.h"

int tell_line(const struct tell *tell, const char *type, const struct tell_member *members, size_t count,
              struct err *err)
{
    struct buf line;
    struct json j;
    int result;

    buf_init(&line, KIB(4));
    json_init(&j, &line);
    json_object_open(&j, NULL);
    json_text(&j, "type", type);
    for (size_t i = 0; i < count; i++)
        if (members[i].value)
            json_text(&j, members[i].name, members[i].value);
    json_object_close(&j);
    result = tell->take(tell->arg, &line, err);
    buf_free(&line);
    return result;
}
