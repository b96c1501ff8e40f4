// Draws load curves and day/night profiles from our own JSON. Instants arrive as wall-clock ms and are drawn as UTC.
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3]];
  const KIND = { feeder: "feeder", production: "production", combined: "production", treatment: "treatment", auxiliary: "soft" };
  const touched = matchMedia("(pointer: coarse)").matches;
  const two = (n) => String(n).padStart(2, "0");
  const kw = (n) => (n === null || n === undefined ? "–" : `${n >= 100 || n === 0 ? n.toFixed(0) : n.toFixed(n >= 10 ? 1 : 2)} kW`);
  const clock = (ms) => {
    const at = new Date(ms);
    return `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  };

  const element = (tag, text, kind) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  // Built from nodes: names from the registry never pass through HTML.
  const tip = (heading, rows) => {
    const box = element("div", "", "tip");
    box.append(element("b", heading));
    for (const [kind, name, value] of rows) {
      const line = element("p");
      const label = element("span", name);
      label.prepend(element("i", "", kind));
      line.append(label, element("span", value));
      box.append(line);
    }
    return box;
  };

  const frame = () => ({
    textStyle: { color: colour("soft"), fontFamily: getComputedStyle(document.body).fontFamily },
    animation: false,
    aria: { enabled: false },
  });
  const axis = (more) => ({
    axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("soft"), hideOverlap: true },
    splitLine: { lineStyle: { color: colour("line") } },
    ...more,
  });
  const tooltip = (formatter) => ({
    trigger: "axis",
    confine: true,
    backgroundColor: colour("surface"),
    borderColor: colour("line"),
    textStyle: { color: colour("ink") },
    formatter,
  });

  const bands = (data) => [
    ...data.filings.map((filing) => [
      { xAxis: filing.from, name: filing.name, itemStyle: { color: colour("soft"), opacity: 0.16, borderColor: colour("soft"), borderWidth: 1, borderType: "dashed" }, label: { show: filing.to - filing.from > (data.to - data.from) / 8, color: colour("soft"), position: "insideBottom" } },
      { xAxis: filing.to },
    ]),
    ...data.alarms.map((alarm) => [
      { xAxis: alarm.from, name: "!".repeat(alarm.severity), itemStyle: { color: colour(`s${alarm.severity}`), opacity: 0.18, borderColor: colour(`s${alarm.severity}`), borderWidth: 1 }, label: { color: colour(`s${alarm.severity}`), position: "insideTop", fontWeight: "bold" } },
      { xAxis: Math.max(alarm.to, alarm.from + data.width_s * 1000) },
    ]),
  ];

  const during = (data, at) => [
    ...data.alarms.filter((alarm) => alarm.from <= at && at <= alarm.to).map((alarm) => ["", `${"!".repeat(alarm.severity)} ${alarm.name}`, ""]),
    ...data.filings.filter((filing) => filing.from <= at && at <= filing.to).map((filing) => ["", filing.name, ""]),
  ];

  const load = (data) => {
    const counts = {};
    const series = data.series.map((curve) => {
      const turn = (counts[curve.kind] = (counts[curve.kind] ?? -1) + 1);
      return {
        type: "line", name: curve.name, data: curve.points, showSymbol: false, connectNulls: false,
        lineStyle: { width: curve.kind === "feeder" ? 2.5 : 1.8, type: DASHES[turn % DASHES.length] },
        itemStyle: { color: colour(KIND[curve.kind]) }, color: colour(KIND[curve.kind]),
        emphasis: { disabled: true },
      };
    });
    if (series.length) series[0].markArea = { silent: true, data: bands(data) };
    const kinds = Object.fromEntries(data.series.map((curve) => [curve.name, curve.kind]));
    return {
      ...frame(),
      useUTC: true,
      grid: { left: 8, right: 12, top: 36, bottom: 52, containLabel: true },
      legend: { type: "scroll", top: 0, icon: "roundRect", itemWidth: 18, itemHeight: 4, textStyle: { color: colour("ink") }, pageIconColor: colour("accent"), pageTextStyle: { color: colour("soft") } },
      tooltip: tooltip((rows) => tip(clock(rows[0].axisValue), [...rows.map((row) => [kinds[row.seriesName], row.seriesName, kw(row.value[1])]), ...during(data, rows[0].axisValue)])),
      xAxis: axis({ type: "time", min: data.from, max: data.to, splitLine: { show: false } }),
      yAxis: axis({ type: "value", name: "kW", nameTextStyle: { color: colour("soft"), align: "right" } }),
      dataZoom: [
        // Under a finger the chart must let the page scroll: there the slider alone zooms.
        { type: "inside", disabled: touched, zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, filterMode: "none" },
        { type: "slider", height: 26, bottom: 8, filterMode: "none", borderColor: colour("line"), labelFormatter: clock, textStyle: { color: colour("soft") }, showDataShadow: false },
      ],
      series,
    };
  };

  const profile = (data, words) => ({
    ...frame(),
    grid: { left: 8, right: 12, top: 28, bottom: 4, containLabel: true },
    tooltip: tooltip((rows) => tip(`${two(rows[0].dataIndex)}:00–${two((rows[0].dataIndex + 1) % 24)}:00`, [["", words.mean, kw(rows[0].value)]])),
    xAxis: axis({ type: "category", data: data.profile_kw.map((_, hour) => two(hour)), splitLine: { show: false } }),
    yAxis: axis({ type: "value", name: "kW", boundaryGap: [0, "18%"], nameTextStyle: { color: colour("soft"), align: "right" } }),
    series: [{
      type: "bar", barCategoryGap: "22%",
      data: data.profile_kw.map((value, hour) => ({ value, itemStyle: { color: colour(data.night[hour] ? "night" : "day"), borderRadius: [3, 3, 0, 0] } })),
      markArea: { silent: true, itemStyle: { color: colour("night-tint"), opacity: 0.7 }, label: { color: colour("night"), position: "insideTop" }, data: nights(data.night, words.night) },
      markLine: { silent: true, symbol: "none", data: means(data, words) },
    }],
  });

  const nights = (night, name) => {
    const spans = [];
    night.forEach((is, hour) => {
      if (is && !night[hour - 1]) spans.push([hour, hour]);
      if (is) spans[spans.length - 1][1] = hour;
    });
    return spans.map(([from, to]) => [{ xAxis: from, name }, { xAxis: to }]);
  };

  // At opposite ends, so that the labels of two means that lie close stay apart.
  const means = (data, words) => [["night_kw", "night", "insideStartTop"], ["day_kw", "day", "insideEndTop"]]
    .filter(([key]) => data[key] !== null)
    .map(([key, hue, position]) => ({ yAxis: data[key], lineStyle: { color: colour(hue), type: "dashed", width: 1.5 }, label: { show: true, position, color: colour("ink"), backgroundColor: colour("surface"), padding: [1, 5], borderRadius: 3, formatter: `${words[hue]} ${kw(data[key])}` } }));

  const DRAW = { load, profile };
  const OF = { load: (data) => data.series.some((curve) => curve.points.length), profile: (data) => data.profile_kw.some((value) => value !== null) };

  const draw = async (box) => {
    const hours = box.dataset.hours;
    const kind = box.dataset.chart;
    const asked = (box.asked = (box.asked ?? 0) + 1);
    try {
      const answer = await fetch(box.dataset.source + (hours ? `&hours=${hours}` : ""), { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const data = await answer.json();
      if (asked !== box.asked) return;
      box.drawn = data;
      if (!OF[kind](data)) return say(box, box.dataset.empty);
      paint(box);
    } catch {
      if (asked === box.asked) say(box, box.dataset.failed);
    }
  };

  const say = (box, words) => {
    echarts.getInstanceByDom(box)?.dispose();
    box.replaceChildren(element("p", words, "empty"));
  };

  const paint = (box) => {
    box.querySelector(".empty")?.remove();
    const chart = echarts.getInstanceByDom(box) ?? echarts.init(box);
    chart.setOption(DRAW[box.dataset.chart](box.drawn, box.dataset), true);
    box.dataset.ready = "yes";
  };

  const boxes = [...document.querySelectorAll("[data-chart]")];
  boxes.forEach(draw);
  new ResizeObserver((entries) => entries.forEach((entry) => echarts.getInstanceByDom(entry.target)?.resize()))
    .observe(boxes[0] ?? document.body);
  addEventListener("resize", () => boxes.forEach((box) => echarts.getInstanceByDom(box)?.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => boxes.filter((box) => box.dataset.ready).forEach(paint));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-hours]");
    if (!button) return;
    button.parentElement.querySelectorAll("button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    const box = button.closest("section").querySelector("[data-chart]");
    box.dataset.hours = button.dataset.hours;
    draw(box);
  });
})();
