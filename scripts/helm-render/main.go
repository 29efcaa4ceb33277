// helm-render renders the chart the way `helm template` does, for a check without a cluster.
//
// It is the same template engine (text/template), the same function library (sprig) and the same
// YAML library that Helm is made of, with Helm's own additions that the chart uses: include,
// required, toYaml. Debian packages all three, so no download and no Helm binary is needed.
//
//	helm-render [-f values.yaml]... CHART           prints every manifest
//	helm-render -merged [-f values.yaml]... CHART   prints the values the templates would see
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type values = map[string]interface{}

type files []string

func (f *files) String() string     { return strings.Join(*f, ",") }
func (f *files) Set(s string) error { *f = append(*f, s); return nil }

func main() {
	var overrides files
	flag.Var(&overrides, "f", "values file laid over the chart's own (repeatable)")
	merged := flag.Bool("merged", false, "print the merged values instead of the manifests")
	release := flag.String("release", "tunemantra", "release name")
	namespace := flag.String("namespace", "royalties", "release namespace")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	out, err := run(flag.Arg(0), overrides, *merged, *release, *namespace)
	if err != nil {
		fmt.Fprintln(os.Stderr, "helm-render:", err)
		os.Exit(1)
	}
	fmt.Print(out)
}

func run(chart string, overrides []string, merged bool, release, namespace string) (string, error) {
	vals, err := readYAML(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return "", err
	}
	for _, file := range overrides {
		over, err := readYAML(file)
		if err != nil {
			return "", err
		}
		merge(vals, over)
	}
	if merged {
		return toYAML(vals) + "\n", nil
	}
	meta, err := readYAML(filepath.Join(chart, "Chart.yaml"))
	if err != nil {
		return "", err
	}
	return render(chart, values{
		"Values":  vals,
		"Chart":   exported(meta),
		"Release": values{"Name": release, "Namespace": namespace, "Service": "Helm", "Revision": 1, "IsInstall": true, "IsUpgrade": false},
	})
}

// render prints each template under a `# Source:` line, in path order, as Helm does.
func render(chart string, top values) (string, error) {
	paths, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		return "", err
	}
	sort.Strings(paths)
	set := template.New("chart").Option("missingkey=zero")
	set.Funcs(functions(set))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if _, err := set.New(path).Parse(string(text)); err != nil {
			return "", err
		}
	}
	var out strings.Builder
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), "_") {
			continue // partials only define
		}
		top["Template"] = values{"Name": path, "BasePath": filepath.Join(chart, "templates")}
		var body bytes.Buffer
		if err := set.ExecuteTemplate(&body, path, top); err != nil {
			return "", err
		}
		text := body.String()
		if strings.Contains(text, "<no value>") {
			return "", fmt.Errorf("%s: a value that is not there was printed", path)
		}
		switch {
		case strings.TrimSpace(text) == "":
		case strings.HasSuffix(path, ".yaml"):
			fmt.Fprintf(&out, "---\n# Source: %s\n%s\n", path, strings.TrimSpace(text))
		default: // NOTES.txt: rendered to prove that it can be, shown as a comment
			fmt.Fprintf(&out, "# %s\n", strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n# "))
		}
	}
	return out.String(), nil
}

func functions(set *template.Template) template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env") // Helm removes both: a chart must not read the machine
	delete(all, "expandenv")
	all["toYaml"] = toYAML
	all["required"] = func(message string, v interface{}) (interface{}, error) {
		if v == nil || v == "" {
			return nil, errors.New(message)
		}
		return v, nil
	}
	all["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := set.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	return all
}

// merge lays `over` on `base`: tables merge, everything else replaces, null removes (Helm's rule).
func merge(base, over values) {
	for key, v := range over {
		if v == nil {
			delete(base, key)
			continue
		}
		overTable, isTable := v.(values)
		baseTable, wasTable := base[key].(values)
		if isTable && wasTable {
			merge(baseTable, overTable)
		} else {
			base[key] = v
		}
	}
}

// exported turns Chart.yaml's lower-case keys into the capitalised ones templates use.
func exported(meta values) values {
	out := values{}
	for key, v := range meta {
		out[strings.ToUpper(key[:1])+key[1:]] = v
	}
	return out
}

func readYAML(path string) (values, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := values{}
	if err := yaml.UnmarshalStrict(text, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

func toYAML(v interface{}) string {
	text, err := yaml.Marshal(v)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}
