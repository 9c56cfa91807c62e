//! The branding of the hosted pages: colours and a logo.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::css;
use crate::model::settings::Settings;
use crate::model::stored::{ALL_CLIENTS, Item};

/// The longest logo that the pages show, in bytes. A longer logo is not shown.
const LONGEST_LOGO: usize = 256 * 1024;

/// The colours that the pages use from a managed login style. Each entry has the JSON pointer of
/// the colour in `Settings`, the CSS selector of the element, and the CSS property. The style of
/// the dark mode is not used.
const COLOURS: [(&str, &str, &str); 14] = [
    (
        "/components/pageBackground/lightMode/color",
        "body",
        "background-color",
    ),
    ("/components/pageText/lightMode/bodyColor", "body", "color"),
    ("/components/pageText/lightMode/headingColor", "h1", "color"),
    (
        "/components/form/lightMode/backgroundColor",
        "main",
        "background-color",
    ),
    (
        "/componentClasses/inputLabel/lightMode/textColor",
        "label",
        "color",
    ),
    (
        "/componentClasses/input/lightMode/defaults/backgroundColor",
        "input",
        "background-color",
    ),
    (
        "/componentClasses/input/lightMode/defaults/borderColor",
        "input",
        "border-color",
    ),
    (
        "/componentClasses/focusState/lightMode/borderColor",
        ":focus",
        "outline-color",
    ),
    (
        "/componentClasses/link/lightMode/defaults/textColor",
        "a",
        "color",
    ),
    (
        "/componentClasses/link/lightMode/hover/textColor",
        "a:hover",
        "color",
    ),
    (
        "/components/primaryButton/lightMode/defaults/backgroundColor",
        "button",
        "background-color",
    ),
    (
        "/components/primaryButton/lightMode/defaults/textColor",
        "button",
        "color",
    ),
    (
        "/components/primaryButton/lightMode/hover/backgroundColor",
        "button:hover",
        "background-color",
    ),
    (
        "/components/primaryButton/lightMode/hover/textColor",
        "button:hover",
        "color",
    ),
];

/// The branding of the pages of an app client.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The CSS of the branding. It contains no URLs and no markup. Empty if the client has no
    /// branding.
    pub(super) css: String,
    /// The logo of the app client, as a `data:` URL. `None` if the branding has no logo.
    pub(super) logo: Option<String>,
}

impl Look {
    pub(super) const NONE: Self = Self {
        css: String::new(),
        logo: None,
    };

    /// Returns the branding of an app client. Uses the first of these that exists: the client's
    /// managed login style, the client's customization of the classic hosted pages, or the
    /// customization for all clients.
    pub(super) fn of(settings: &Settings, client: &str) -> Self {
        let stored = &settings.stored;
        let mut styles = stored.styles.values();
        if let Some(style) = styles.find(|style| style.text("ClientId") == Some(client)) {
            return Self::managed(style);
        }
        let all = &stored.customizations;
        let classic = [client, ALL_CLIENTS].into_iter().find_map(|id| all.get(id));
        classic.map(Self::classic).unwrap_or_default()
    }

    fn managed(style: &Item) -> Self {
        let settings = style.member("Settings").unwrap_or(&Value::Null);
        let colours = COLOURS.iter().filter_map(|(place, selector, property)| {
            let colour = settings.pointer(place)?.as_str()?;
            is_hex(colour).then(|| format!("{selector}{{{property}:#{colour}}}"))
        });
        let logo_is_off =
            settings.pointer("/components/form/logo/enabled") == Some(&Value::Bool(false));
        let assets = style.member("Assets").and_then(Value::as_array);
        let mut assets = assets.into_iter().flatten();
        let logo =
            assets.find(|asset| asset["Category"] == "FORM_LOGO" && asset["ColorMode"] != "DARK");
        let logo = logo.filter(|_| !logo_is_off).and_then(|logo| {
            let kind = match logo["Extension"].as_str()? {
                "JPEG" => "image/jpeg",
                "PNG" => "image/png",
                // An image does not run scripts, even if it is SVG.
                "SVG" => "image/svg+xml",
                "WEBP" => "image/webp",
                _ => return None,
            };
            data_url(kind, &bytes(logo["Bytes"].as_str()?)?)
        });
        Self {
            css: colours.collect(),
            logo,
        }
    }

    fn classic(customization: &Item) -> Self {
        let css = customization.text("CSS").map(css::reduced);
        let image = customization.text("ImageFile").and_then(bytes);
        let logo = image.and_then(|image| {
            let kind = match image.get(..4)? {
                b"\x89PNG" => "image/png",
                [0xff, 0xd8, 0xff, _] => "image/jpeg",
                _ => return None,
            };
            data_url(kind, &image)
        });
        Self {
            css: css.unwrap_or_default(),
            logo,
        }
    }
}

fn bytes(base64: &str) -> Option<Vec<u8>> {
    STANDARD.decode(base64).ok()
}

fn data_url(kind: &str, image: &[u8]) -> Option<String> {
    let is_short = image.len() <= LONGEST_LOGO;
    is_short.then(|| format!("data:{kind};base64,{}", STANDARD.encode(image)))
}

/// Returns `true` for a colour of a managed login style: three or four bytes in hexadecimal.
fn is_hex(colour: &str) -> bool {
    matches!(colour.len(), 6 | 8) && colour.bytes().all(|byte| byte.is_ascii_hexdigit())
}
