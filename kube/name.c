#include "kube/name.h"

#define TOO_LONG_LABEL "must be no more than 63 characters"

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_letter_or_digit(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool is_label(struct str name)
{
    if (name.len == 0 || !is_lower(name.ptr[0]) || !is_lower(name.ptr[name.len - 1]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_lower(name.ptr[i]) && name.ptr[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(struct str name)
{
    while (name.ptr)
        if (!is_label(str_cut(&name, '.')))
            return false;
    return true;
}

const char *name_check_label(struct str name)
{
    if (name.len > NAME_LABEL_MAX)
        return TOO_LONG_LABEL;
    return is_label(name) ? NULL
                          : "must be a lowercase RFC 1123 label: lower case letters, digits or '-', with a letter or "
                            "digit at both ends (like 'my-name' or '123-abc')";
}

const char *name_check_subdomain(struct str name)
{
    if (name.len > NAME_SUBDOMAIN_MAX)
        return "must be no more than 253 characters";
    return is_subdomain(name) ? NULL
                              : "must be a lowercase RFC 1123 subdomain: lower case letters, digits, '-' or '.', with "
                                "a letter or digit at both ends (like 'example.com')";
}

const char *name_check_job(struct str name)
{
    if (name.len > NAME_LABEL_MAX)
        return "must be no more than 63 characters: it becomes a label of the job's pods";
    return name_check_subdomain(name);
}

const char *name_check_prefix(struct str name)
{
    while (name.len > 0 && name.ptr[name.len - 1] == '-')
        name.len--;
    return name_check_subdomain(name);
}

static bool is_value(struct str value)
{
    if (value.len == 0 || !is_letter_or_digit(value.ptr[0]) || !is_letter_or_digit(value.ptr[value.len - 1]))
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (!is_letter_or_digit(value.ptr[i]) && value.ptr[i] != '-' && value.ptr[i] != '_' && value.ptr[i] != '.')
            return false;
    return true;
}

const char *name_check_label_key(struct str key)
{
    struct str name = key;
    struct str prefix = str_cut(&name, '/');

    if (!name.ptr)
        name = prefix;
    else if (prefix.len > NAME_SUBDOMAIN_MAX || !is_subdomain(prefix))
        return "what stands before the '/' must be a lowercase RFC 1123 subdomain (like 'example.com')";
    if (name.len > NAME_LABEL_MAX)
        return TOO_LONG_LABEL;
    return is_value(name) ? NULL
                          : "must be letters, digits, '-', '_' or '.', with a letter or digit at both ends (like "
                            "'my.name' or 'example.com/my-name')";
}

const char *name_check_label_value(struct str value)
{
    if (value.len > NAME_LABEL_MAX)
        return TOO_LONG_LABEL;
    return value.len == 0 || is_value(value) ? NULL
                                             : "must be empty, or letters, digits, '-', '_' or '.', with a letter or "
                                               "digit at both ends (like 'my_value')";
}
