import { builtImage, ofType } from "../resources";
import { PRODUCTION, rule } from "../rule";

export const imagePromoted = rule({
  name: "image-promoted",
  description: "Production builds no image: it runs by digest what another environment has proved.",
  severity: "high",
  source: "NIST 4.2.2",
  levels: PRODUCTION,
  remedy: "build and push it in the environment before, and name it here by its digest",
  on: (resource) =>
    builtImage(resource) ??
    ofType<{ build?: object }>("docker:index/image:Image")(resource)?.build ??
    ofType<object>("docker-build:index:Image")(resource),
  *check() {
    yield "is built here";
  },
});
