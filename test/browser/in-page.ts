// What the tests of multihot/web do inside the browser's page.
import {
  type ImageSource,
  type LoadOptions,
  type LoadProgress,
  loadBundle,
  type Prediction,
  type Predictor,
} from "../../src/web/index.js";
import { openSent } from "../../src/web/pixels.js";

let predictor: Predictor;

/** Loads the bundle for the functions below; returns what is known of it, and the progress that was told. */
export async function load(url: string, options: LoadOptions = {}) {
  const progress: LoadProgress[] = [];
  predictor = await loadBundle(url, { ...options, onProgress: (told) => progress.push(told) });
  const { labels, thresholds, device, threads } = predictor;
  return { labels, thresholds, device, threads, progress };
}

async function fileOf(url: string): Promise<File> {
  const name = url.slice(url.lastIndexOf("/") + 1);
  return new File([await (await fetch(url)).blob()], name);
}

export async function predictFiles(urls: readonly string[]): Promise<Prediction[]> {
  return predictor.predict(await Promise.all(urls.map(fileOf)));
}

/** Each way in which a picture can be given. */
const ways: Record<string, (url: string) => Promise<ImageSource>> = {
  address: async (url) => url,
  URL: async (url) => new URL(url, location.href),
  named: async (url) => ({ image: await fileOf(url), name: "mine" }),
  File: fileOf,
  Blob: async (url) => (await fetch(url)).blob(),
  async HTMLImageElement(url) {
    const image = new Image();
    image.src = url;
    return image;
  },
  ImageBitmap: async (url) => createImageBitmap(await fileOf(url), { colorSpaceConversion: "none" }),
  async ImageData(url) {
    const bitmap = await createImageBitmap(await fileOf(url), { colorSpaceConversion: "none" });
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    return context?.getImageData(0, 0, bitmap.width, bitmap.height) as ImageData;
  },
};

export async function predictAs(way: string, url: string): Promise<Prediction> {
  return predictor.predict(await ways[way](url));
}

/** The name of what the promise is rejected with when it is aborted. */
async function nameOfRejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "nothing",
    (error) => error.name,
  );
}

/** Aborts loading as soon as something has come. */
export function abortLoad(url: string): Promise<string> {
  const control = new AbortController();
  const onProgress = ({ loaded }: LoadProgress) => loaded > 0 && control.abort();
  return nameOfRejection(loadBundle(url, { signal: control.signal, onProgress }));
}

/** Aborts the tagging of many pictures; says how it ended, and how one picture goes after that. */
export async function abortPredict(url: string): Promise<{ name: string; after: Prediction }> {
  const file = await fileOf(url);
  const control = new AbortController();
  const name = nameOfRejection(predictor.predict(new Array(500).fill(file), { signal: control.signal }));
  setTimeout(() => control.abort(), 20);
  return { name: await name, after: await predictor.predict(file) };
}

/** A stream of images: what each is called, and how many tags it got where one was asked for. */
export async function streamed(urls: readonly string[]): Promise<[string | undefined, number][]> {
  async function* images() {
    for (const url of urls) yield await fileOf(url);
  }
  const found: [string | undefined, number][] = [];
  for await (const { image, tags } of predictor.predict(images(), { topK: 1 })) {
    found.push([image, tags?.length ?? 0]);
  }
  return found;
}

/** How a prediction under way ends when the predictor is closed, and one that is asked for later. */
export async function closed(url: string): Promise<string[]> {
  const file = await fileOf(url);
  const messages = [predictor.predict(file)];
  predictor.close();
  messages.push(predictor.predict(file));
  return Promise.all(
    messages.map((promise) =>
      promise.then(
        () => "nothing",
        (error) => error.message,
      ),
    ),
  );
}

/** RGB as this browser decodes the file, base64. */
export async function decode(url: string): Promise<{ width: number; height: number; rgb: string }> {
  const { width, height, decode } = await openSent(await fileOf(url));
  const { pixels } = await decode();
  let binary = "";
  for (const byte of pixels.data) binary += String.fromCharCode(byte);
  return { width, height, rgb: btoa(binary) };
}
