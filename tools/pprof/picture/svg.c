/* SPDX-License-Identifier: MIT */
/* A drawing of dot in a browser: it fills the window, is dragged and zoomed. */
#include "pprof/picture/dot.h"

#include <string.h>

static const char script[] =
	"<script type=\"text/ecmascript\"><![CDATA[\n"
	"// Drag to move, turn the wheel to zoom at the pointer, double click to see all.\n"
	"(function () {\n"
	"  var svg = document.documentElement, view, x = 0, y = 0, zoom = 1, from = null;\n"
	"  function apply() {\n"
	"    view.setAttribute('transform',\n"
	"      'translate(' + x + ',' + y + ') scale(' + zoom + ')');\n"
	"  }\n"
	"  function fit() {\n"
	"    var box = view.getBBox(), w = svg.clientWidth || window.innerWidth,\n"
	"        h = svg.clientHeight || window.innerHeight;\n"
	"    zoom = Math.min(w / box.width, h / box.height, 1);\n"
	"    x = (w - box.width * zoom) / 2 - box.x * zoom;\n"
	"    y = -box.y * zoom;\n"
	"    apply();\n"
	"  }\n"
	"  window.addEventListener('load', function () {\n"
	"    view = document.getElementById('viewport');\n"
	"    fit();\n"
	"    svg.addEventListener('wheel', function (e) {\n"
	"      var f = Math.pow(1.0015, -e.deltaY);\n"
	"      x = e.clientX - (e.clientX - x) * f;\n"
	"      y = e.clientY - (e.clientY - y) * f;\n"
	"      zoom *= f;\n"
	"      apply();\n"
	"      e.preventDefault();\n"
	"    }, { passive: false });\n"
	"    svg.addEventListener('mousedown', function (e) {\n"
	"      from = [e.clientX - x, e.clientY - y];\n"
	"      e.preventDefault();\n"
	"    });\n"
	"    window.addEventListener('mousemove', function (e) {\n"
	"      if (!from) return;\n"
	"      x = e.clientX - from[0];\n"
	"      y = e.clientY - from[1];\n"
	"      apply();\n"
	"    });\n"
	"    window.addEventListener('mouseup', function () { from = null; });\n"
	"    svg.addEventListener('dblclick', fit);\n"
	"  });\n"
	"})();\n"
	"]]></script>";

/* Copy text up to a mark that must be there; returns what follows, mark included. */
static const char *copy_until(struct buffer *out, const char *text, const char *mark)
{
	const char *at = strstr(text, mark);

	if (at == NULL)
		at = text + strlen(text);
	buffer_add(out, text, (size_t)(at - text));
	return at;
}

/* Behind the attributes width, height and viewBox of the svg element. */
static const char *skip_size(const char *text)
{
	const char *at = strstr(text, "viewBox=\"");

	at = at != NULL ? strchr(at + strlen("viewBox=\""), '"') : NULL;
	return at != NULL ? at + 1 : text + strcspn(text, " ");
}

void svg_make_movable(struct buffer *svg)
{
	struct buffer out = { 0 };
	const char *at = copy_until(&out, buffer_string(svg), "<svg");

	if (*at == '\0') {
		buffer_fini(&out);
		return;
	}
	at = skip_size(at);
	buffer_text(&out, "<svg width=\"100%\" height=\"100%\"");
	at = copy_until(&out, at, "<g id=\"graph");
	buffer_text(&out, script);
	buffer_text(&out, "<g id=\"viewport\" transform=\"scale(0.5,0.5) translate(0,0)\">");
	/* Old versions of dot forget to escape some ampersands. */
	for (const char *end = strstr(at, "</svg>"); *at != '\0' && at != end; at++)
		if (strncmp(at, "&;", 2) == 0)
			buffer_text(&out, "&amp;");
		else
			buffer_add(&out, at, 1);
	buffer_text(&out, "</g>");
	buffer_text(&out, at);
	buffer_fini(svg);
	*svg = out;
}
